"""Decisions on some segments, and in experiments without a control."""

from typing import Any

import pytest
from decision_inputs import decide, desktop, effect, interacting, mobile, progress, verdict
from result_inputs import counted, experiments, metrics, strata

from microlift.results.comparisons import build as compare


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
