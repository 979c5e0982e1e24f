"""`results_decisions`: one test a path to a verdict."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from decision_inputs import (
    METRICS,
    checked,
    crossing,
    decide,
    desktop,
    effect,
    interacting,
    mobile,
    peeked,
    planned,
    progress,
    replanned,
    verdict,
)
from result_inputs import experiments

from microlift.results.decisions import build


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
    unknown: dict[str, Any] = dict.fromkeys(
        ["difference", "difference_low", "difference_high", "relative_lift", "relative_lift_low",
         "relative_lift_high", "p_adjusted", "probability_better"], np.nan,
    )  # fmt: skip
    row = decide(effect("inconclusive", **unknown), state=progress(planned=False))
    assert row["verdict"] == "keep running"
    assert "b against a could not be tested" in row["evidence"]


def test_a_difference_is_told_where_the_lift_is_not_bounded() -> None:
    row = decide(effect("better", relative_lift_high=np.nan))
    assert "difference +0.02 (+0.01 to +0.03)" in row["evidence"]


def test_a_gain_on_a_baseline_below_0_is_no_negative_lift() -> None:
    """From -4 to -3 is a gain of 1, and a relative lift of -25%."""
    lift = {"relative_lift": -0.25, "relative_lift_low": -0.4, "relative_lift_high": -0.1}
    row = decide(effect("better", **lift))
    assert "difference +0.02 (+0.01 to +0.03)" in row["evidence"]
    assert "%" not in row["evidence"].split("p =")[0]


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


def test_every_experiment_has_one_row() -> None:
    states = pd.concat([progress().assign(experiment_id=name) for name in ("f", "e")])
    table = build(
        experiments(names=("f", "e")), METRICS, checked(), pd.DataFrame([effect("better")]),
        interacting().iloc[:0], crossing(1.0).iloc[:0], states,
        planned("better").iloc[:0], peeked().iloc[:0], replanned().iloc[:0],
    )  # fmt: skip
    assert table["experiment_id"].to_pylist() == ["e", "f"]
    assert table["experiment_name"].to_pylist() == ["Experiment e", "Experiment f"]
    assert table["verdict"].to_pylist() == ["ship", "stop"]


def test_an_unplanned_interaction_is_told_and_narrows_nothing() -> None:
    """Of many segments some differ by chance: exploration proposes, it does not decide."""
    row = decide(
        effect("better"),
        effect("better", segment_dimension="device", segment="mobile"),
        effect("inconclusive", segment_dimension="device", segment="desktop"),
        interactions=interacting(is_confirmatory=False),
    )
    assert (row["verdict"], row["scope"]) == ("ship", "everyone")
    assert "exploratory: the effect may depend on device" in row["evidence"]


# What the plan says of an effect.


def test_a_sequential_winner_is_shipped_before_the_planned_end() -> None:
    stopped = planned(
        "better", stopping_rule="obrien_fleming", state="stopped", look=3, planned_looks=5, p_adjusted=0.2
    )
    row = decide(
        effect("inconclusive"), hypotheses=stopped, state=progress(ended=False, unripe=9), looks=peeked()
    )
    assert verdict(row) == ("ship", "everyone", "b")
    assert row["p_adjusted"] is None
    assert row["evidence"] == (
        "M: b against a +20.0% (+10.0% to +30.0%), obrien_fleming stopped at look 3 of 5; "
        "its stopping rule holds at every look"
    )


def test_a_sequential_test_that_goes_on_keeps_running_whatever_p_says() -> None:
    running = planned("inconclusive", stopping_rule="always_valid", state="running", look=7)
    row = decide(effect("better"), hypotheses=running, state=progress(planned=False))
    assert verdict(row) == ("keep running", "no one", "b")
    assert "always_valid goes on after look 7" in row["evidence"]


def test_a_sequential_test_ends_with_its_last_planned_look() -> None:
    over = planned("inconclusive", stopping_rule="pocock", state="over", look=5, planned_looks=5)
    row = decide(effect("better"), hypotheses=over, state=progress(planned=False))
    assert row["verdict"] == "stop"
    assert row["evidence"].endswith("pocock had not stopped by look 5 of 5; the last planned look has passed")


def test_a_sequential_loser_is_stopped_early() -> None:
    worse = planned("worse", stopping_rule="pocock", state="stopped", look=2, planned_looks=5)
    row = decide(effect("inconclusive"), hypotheses=worse, state=progress(ended=False))
    assert verdict(row) == ("stop", "no one", "b")


def test_no_stopping_rule_decides_under_a_sample_ratio_mismatch() -> None:
    stopped = planned("better", stopping_rule="pocock", state="stopped", look=2, planned_looks=5)
    row = decide(effect("better"), hypotheses=stopped, health=checked("sample_ratio", "fail", 1e-9))
    assert row["verdict"] == "cannot be trusted"


def test_a_guardrail_vetoes_what_has_stopped() -> None:
    stopped = planned("better", stopping_rule="pocock", state="stopped", look=2, planned_looks=5)
    harm = effect("worse", metric_id="g", role="guardrail")
    row = decide(effect("better"), harm, hypotheses=stopped, state=progress(ended=False))
    assert row["verdict"] == "stop"
    assert row["evidence"].startswith("guardrail G gets worse")


def test_an_early_interaction_does_not_hold_a_stopped_test_back() -> None:
    stopped = planned("better", stopping_rule="pocock", state="stopped", look=2, planned_looks=5)
    evidence = effect("better"), mobile("better"), desktop("inconclusive")
    early = decide(*evidence, hypotheses=stopped, interactions=interacting(), state=progress(ended=False))
    assert verdict(early) == ("ship", "everyone", "b")
    late = decide(*evidence, hypotheses=stopped, interactions=interacting())
    assert verdict(late) == ("ship", "device: mobile only", "b")


def test_what_is_not_worse_by_a_margin_is_shipped() -> None:
    row = decide(
        effect("inconclusive"),
        hypotheses=planned(
            "not worse", direction="increase", non_inferiority_lift=0.02, relative_lift=0.003,
            relative_lift_low=-0.01, relative_lift_high=np.nan, difference_high=np.nan, p_adjusted=0.01,
        ),
    )  # fmt: skip
    assert verdict(row) == ("ship", "everyone", "b")
    assert row["evidence"] == (
        "M is not worse: b against a +0.3% (at least -1.0%), p = 0.01 against a margin of 2.0%"
    )


def test_a_guardrail_with_a_margin_has_to_be_shown_unharmed() -> None:
    guardrail = effect("inconclusive", metric_id="g", role="guardrail")
    margin = {"metric_id": "g", "direction": "decrease", "non_inferiority_lift": 0.02}
    unproven = decide(
        effect("better"),
        guardrail,
        hypotheses=planned("inconclusive", **margin),
        state=progress(planned=False),
    )
    assert verdict(unproven) == ("keep running", "no one", "b")
    assert unproven["evidence"].startswith("guardrail G is not shown to be unharmed")
    shown = decide(effect("better"), guardrail, hypotheses=planned("not worse", **margin))
    assert verdict(shown) == ("ship", "everyone", "b")


@pytest.mark.parametrize("state", [progress(ended=False), progress(planned=False)])
def test_peeking_is_told_with_its_real_error(state: pd.DataFrame) -> None:
    row = decide(effect("better"), state=state, looks=peeked(26, 0.256))
    assert "read at every look until now (26), a test at 0.05 errs 26% of the time" in row["evidence"]
    assert "errs" not in decide(effect("better"), looks=peeked(26, 0.256))["evidence"]


def test_a_changed_plan_is_told() -> None:
    row = decide(effect("better"), changes=replanned())
    assert row["evidence"].endswith(
        "the plan was changed after the first look: h alpha 0.05 → 0.1 (2026-01-20)"
    )
    added = decide(effect("better"), changes=replanned(field="looks", value_before=None, value="5"))
    assert "h looks blank → 5" in added["evidence"]
