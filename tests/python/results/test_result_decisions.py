"""`results_decisions`: one test a path to a verdict."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from result_inputs import counted, experiments, metrics, one, strata

from microlift.results.comparisons import build as compare
from microlift.results.decisions import SCHEMA, build

LIFT = {"better": 0.2, "worse": -0.2, "inconclusive": 0.01}
METRICS = metrics(n="higher", g="lower")


def effect(verdict: str, variant: str = "b", **changed: Any) -> dict[str, Any]:
    """A row of `results_comparisons` that reads in the words of the verdict."""
    lift = LIFT[verdict]
    return {
        "experiment_id": "e",
        "segment_dimension": "all",
        "segment": "all",
        "metric_id": "m",
        "role": "primary",
        "variant_id": variant,
        "baseline_variant_id": "a",
        "difference": lift / 10,
        "difference_low": lift / 10 - 0.01,
        "difference_high": lift / 10 + 0.01,
        "relative_lift": lift,
        "relative_lift_low": lift - 0.1,
        "relative_lift_high": lift + 0.1,
        "p_adjusted": 0.4 if verdict == "inconclusive" else 0.001,
        "verdict": verdict,
        "probability_better": {"better": 0.999, "worse": 0.001, "inconclusive": 0.6}[verdict],
    } | changed


def mobile(verdict: str, **changed: Any) -> dict[str, Any]:
    return effect(verdict, segment_dimension="device", segment="mobile", **changed)


def desktop(verdict: str, **changed: Any) -> dict[str, Any]:
    return effect(verdict, segment_dimension="device", segment="desktop", **changed)


def interacting(is_significant: bool | None = True, **changed: Any) -> pd.DataFrame:
    row = {
        "experiment_id": "e", "segment_dimension": "device", "metric_id": "m", "term": "interaction",
        "p_adjusted": 0.002, "is_significant": is_significant,
    } | changed  # fmt: skip
    coefficient = row | {"term": "coefficient", "p_adjusted": np.nan, "is_significant": None}
    return pd.DataFrame([row, coefficient]).astype({"is_significant": "boolean"})


def checked(
    name: str = "exposures", status: str = "pass", p: float = np.nan, detail: str = "fine"
) -> pd.DataFrame:
    row = {"experiment_id": "e", "check_name": name, "status": status, "p_value": p, "detail": detail}
    return pd.DataFrame([row])


def crossing(p: float, metric: str = "m", factors: int = 2) -> pd.DataFrame:
    row = {
        "experiment_id": "e", "metric_id": metric, "effect": "headline × image", "factors": factors,
        "p_value": p, "confidence": 0.95,
    }  # fmt: skip
    return pd.DataFrame([row])


def progress(planned: bool = True, ended: bool = True, unripe: int = 0) -> pd.DataFrame:
    ends_at = pd.Timestamp("2026-01-30") if planned else pd.NaT
    return pd.DataFrame(
        {
            "experiment_id": ["e"],
            "ends_at": [ends_at],
            "has_ended": [ended and planned],
            "unripe_units": [unripe],
        }
    )


def decide(
    *effects: dict[str, Any],
    health: pd.DataFrame | None = None,
    interactions: pd.DataFrame | None = None,
    crossings: pd.DataFrame | None = None,
    state: pd.DataFrame | None = None,
    control: str | None = "a",
) -> dict[str, Any]:
    table = build(
        experiments(control),
        METRICS,
        checked() if health is None else health,
        pd.DataFrame(effects, columns=list(effect("better"))),
        interacting().iloc[:0] if interactions is None else interactions,
        crossing(1.0).iloc[:0] if crossings is None else crossings,
        progress() if state is None else state,
    )
    assert table.schema == SCHEMA
    return one(table)


def verdict(row: dict[str, Any]) -> tuple[str, str, str | None]:
    return row["verdict"], row["scope"], row["variant_id"]


def test_a_winner_is_shipped() -> None:
    row = decide(effect("better"))
    assert verdict(row) == ("ship", "everyone", "b")
    assert (row["metric_id"], row["relative_lift"], row["p_adjusted"]) == ("m", 0.2, 0.001)
    assert row["evidence"] == "M: b against a +20.0% (+10.0% to +30.0%), p = 0.001"
    assert row["experiment_name"] == "Experiment e"


def test_a_loser_is_stopped() -> None:
    row = decide(effect("worse"))
    assert verdict(row) == ("stop", "no one", "b")
    assert row["evidence"].startswith("M gets worse: b against a -20.0%")


def test_of_several_winners_the_most_probable_improvement_is_shipped() -> None:
    row = decide(effect("better"), effect("better", "c", probability_better=0.9999), effect("worse", "d"))
    assert verdict(row) == ("ship", "everyone", "c")


def test_a_loser_beside_an_open_variant_is_not_the_end() -> None:
    row = decide(effect("worse"), effect("inconclusive", "c"), state=progress(planned=False))
    assert verdict(row) == ("keep running", "no one", "c")


def test_nothing_shown_keeps_running_without_an_end() -> None:
    row = decide(effect("inconclusive"), state=progress(planned=False))
    assert verdict(row) == ("keep running", "no one", "b")
    assert "no difference shown" in row["evidence"]


def test_nothing_shown_at_the_planned_end_stops() -> None:
    row = decide(effect("inconclusive"))
    assert verdict(row) == ("stop", "no one", "b")
    assert row["evidence"].endswith("the planned end has passed")


@pytest.mark.parametrize("name", ["better", "worse"])
def test_before_the_planned_end_no_verdict_is_read(name: str) -> None:
    row = decide(effect(name), state=progress(ended=False, unripe=9))
    assert verdict(row) == ("keep running", "no one", "b")
    would = {"better": "ship", "worse": "stop"}[name]
    assert (
        f"would be '{would}' if read now; the planned end has not come (2026-01-30 00:00)" in row["evidence"]
    )


def test_open_windows_hold_a_verdict_back() -> None:
    row = decide(effect("better"), state=progress(unripe=1234))
    assert row["verdict"] == "keep running"
    assert "1,234 windows are still open" in row["evidence"]


@pytest.mark.parametrize("name", ["better", "worse"])
def test_without_a_planned_end_peeking_is_named(name: str) -> None:
    row = decide(effect(name), state=progress(planned=False))
    assert row["verdict"] in ("ship", "stop")
    assert "no planned end is declared" in row["evidence"]


def test_a_sample_ratio_mismatch_overrules_a_winner() -> None:
    row = decide(effect("better"), health=checked("sample_ratio", "fail", 1e-9, "a 10 of 20 expected"))
    assert verdict(row) == ("cannot be trusted", "no one", None)
    assert row["relative_lift"] is None
    assert row["evidence"] == "sample ratio mismatch (p < .0001): a 10 of 20 expected"


@pytest.mark.parametrize(
    "detail", ["no unit was exposed: check the rules", "1 variant(s) declared: nothing to compare"]
)
def test_without_two_variants_nothing_can_be_trusted(detail: str) -> None:
    row = decide(health=checked("exposures", "fail", detail=detail))
    assert verdict(row) == ("cannot be trusted", "no one", None)
    assert row["evidence"] == detail


def test_a_warning_is_passed_on() -> None:
    row = decide(
        effect("better"), health=checked("contamination", "warn", detail="3.00% of units saw two variants")
    )
    assert row["verdict"] == "ship"
    assert row["evidence"].endswith("3.00% of units saw two variants")


def test_no_closed_window_keeps_running() -> None:
    row = decide(state=progress(ended=False, unripe=50))
    assert verdict(row) == ("keep running", "no one", None)
    assert "no unit's window has closed yet" in row["evidence"]


def test_no_value_at_the_end_stops() -> None:
    row = decide(effect("better", role="secondary"))
    assert verdict(row) == ("stop", "no one", None)
    assert "no unit's value of a primary metric is known" in row["evidence"]


def test_an_untestable_comparison_shows_nothing() -> None:
    unknown = dict.fromkeys(
        ["difference", "difference_low", "difference_high", "relative_lift", "relative_lift_low",
         "relative_lift_high", "p_adjusted", "probability_better"], np.nan,
    )  # fmt: skip
    row = decide(effect("inconclusive", **unknown), state=progress(planned=False))
    assert row["verdict"] == "keep running"
    assert "b against a could not be tested" in row["evidence"]


def test_a_difference_is_told_where_the_lift_is_not_bounded() -> None:
    row = decide(effect("better", relative_lift_high=np.nan))
    assert "difference +0.02 (+0.01 to +0.03)" in row["evidence"]


def test_an_effect_in_one_segment_is_shipped_there() -> None:
    row = decide(
        effect("better"),
        mobile("better", relative_lift=0.4),
        desktop("inconclusive"),
        interactions=interacting(),
    )
    assert verdict(row) == ("ship", "device: mobile only", "b")
    assert row["relative_lift"] == 0.4
    assert "the effect depends on device (interaction p = 0.002)" in row["evidence"]
    assert "desktop shows nothing +1.0%; mobile wins +40.0%" in row["evidence"]


def test_a_sign_flip_ships_where_it_wins() -> None:
    """Overall nothing shows: the segments cancel out."""
    row = decide(effect("inconclusive"), mobile("better"), desktop("worse"), interactions=interacting())
    assert verdict(row) == ("ship", "device: mobile only", "b")
    assert "desktop loses -20.0%; mobile wins +20.0%" in row["evidence"]


@pytest.mark.parametrize("significant", [False, None])
def test_segments_do_not_count_without_an_interaction(significant: bool | None) -> None:
    row = decide(
        effect("inconclusive"), mobile("better"), desktop("worse"),
        interactions=interacting(significant), state=progress(planned=False),
    )  # fmt: skip
    assert verdict(row) == ("keep running", "no one", "b")


def test_an_interaction_in_size_alone_ships_to_everyone() -> None:
    row = decide(effect("better"), mobile("better"), desktop("better"), interactions=interacting())
    assert verdict(row) == ("ship", "everyone", "b")


def test_an_interaction_of_another_metric_does_not_count() -> None:
    row = decide(
        effect("better"), mobile("better"), desktop("worse"), interactions=interacting(metric_id="n")
    )
    assert verdict(row) == ("ship", "everyone", "b")


def test_a_guardrail_vetoes() -> None:
    row = decide(effect("better"), effect("worse", metric_id="g", role="guardrail"))
    assert verdict(row) == ("stop", "no one", "b")
    assert row["evidence"].startswith("guardrail G gets worse: b against a")
    assert "M: b against a +20.0%" in row["evidence"]


def test_a_guardrail_vetoes_in_the_segment_that_would_be_shipped() -> None:
    rows = [effect("better"), mobile("better"), desktop("inconclusive")]
    harm = mobile("worse", metric_id="g", role="guardrail")
    elsewhere = desktop("worse", metric_id="g", role="guardrail")
    assert decide(*rows, elsewhere, interactions=interacting())["verdict"] == "ship"
    row = decide(*rows, harm, interactions=interacting())
    assert verdict(row) == ("stop", "no one", "b")
    assert "guardrail G gets worse (device: mobile)" in row["evidence"]


@pytest.mark.parametrize(
    "harmless",
    [
        effect("inconclusive", metric_id="g", role="guardrail"),
        effect("better", metric_id="g", role="guardrail"),
        effect("worse", "c", metric_id="g", role="guardrail"),
        effect("worse", metric_id="n", role="secondary"),
    ],
)
def test_only_harm_by_the_winner_vetoes(harmless: dict[str, Any]) -> None:
    assert decide(effect("better"), harmless)["verdict"] == "ship"


def test_another_primary_metric_that_gets_worse_vetoes() -> None:
    row = decide(effect("better"), effect("worse", metric_id="n"))
    assert verdict(row) == ("stop", "no one", "b")
    assert row["evidence"].startswith("N gets worse")


def test_factors_that_interact_are_named() -> None:
    row = decide(effect("better"), crossings=crossing(0.004))
    assert row["evidence"].endswith("headline × image interact in M (p = 0.004)")
    for silent in (crossing(0.2), crossing(0.001, metric="n"), crossing(0.001, factors=1), crossing(np.nan)):
        assert "interact" not in decide(effect("better"), crossings=silent)["evidence"]


def test_without_a_control_the_better_of_two_is_shipped_whatever_its_name() -> None:
    late, early = (decide(effect(name), control=None) for name in ("better", "worse"))
    assert verdict(late) == ("ship", "everyone", "b")
    assert verdict(early) == ("ship", "everyone", "a")
    # −20% of a is +25% of b, and the limits change places: 1/.9 and 1/.7.
    assert early["relative_lift"] == pytest.approx(0.25)
    assert (early["relative_lift_low"], early["relative_lift_high"]) == pytest.approx(
        (1 / 0.9 - 1, 1 / 0.7 - 1)
    )
    assert (early["difference_low"], early["difference_high"]) == pytest.approx((0.01, 0.03))


def test_without_a_control_only_the_unbeaten_is_shipped() -> None:
    """b beats a by more than c beats b, but c is the one that nothing beats."""
    row = decide(
        effect("better", "b", probability_better=0.99999),
        effect("better", "c", probability_better=0.9999),
        effect("better", "c", baseline_variant_id="b"),
        control=None,
    )
    assert verdict(row) == ("ship", "everyone", "c")


def test_without_a_control_segments_and_guardrails_go_both_ways() -> None:
    cells = [effect("inconclusive"), mobile("worse"), desktop("inconclusive")]
    row = decide(*cells, interactions=interacting(), control=None)
    assert verdict(row) == ("ship", "device: mobile only", "a")
    harm = effect("better", metric_id="g", role="guardrail")  # better for b: worse for a
    assert decide(*cells, harm, interactions=interacting(), control=None)["verdict"] == "stop"


def test_swapping_the_names_of_real_comparisons_swaps_the_winner() -> None:
    def winner(a: int, b: int) -> dict[str, Any]:
        table = compare(strata(counted("a", a, 1000), counted("b", b, 1000)), experiments(None), metrics())
        frame = table.to_pandas().assign(role="primary", verdict="better" if b > a else "worse")
        frame["p_adjusted"] = frame["p_value"]
        return decide(*frame.to_dict("records"), control=None)

    there, back = winner(100, 150), winner(150, 100)
    assert (there["variant_id"], back["variant_id"]) == ("b", "a")
    for name in ("relative_lift", "relative_lift_low", "relative_lift_high", "difference_low", "p_adjusted"):
        assert there[name] == pytest.approx(back[name], rel=1e-6)


def test_every_experiment_has_one_row() -> None:
    states = pd.concat([progress().assign(experiment_id=name) for name in ("f", "e")])
    table = build(
        experiments(names=("f", "e")), METRICS, checked(), pd.DataFrame([effect("better")]),
        interacting().iloc[:0], crossing(1.0).iloc[:0], states,
    )  # fmt: skip
    assert table["experiment_id"].to_pylist() == ["e", "f"]
    assert table["experiment_name"].to_pylist() == ["Experiment e", "Experiment f"]
    assert table["verdict"].to_pylist() == ["ship", "stop"]
