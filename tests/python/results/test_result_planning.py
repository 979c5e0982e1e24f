"""`results_segments_shrunk`, `results_power`, `results_repeats`, `results_replication` on a few cells."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from microlift.results import power, repeats, replication, shrunk

Row = dict[str, Any]
EXPERIMENTS = pd.DataFrame([{"experiment_id": "e", "control_variant_id": "a"}])
METRICS = pd.DataFrame([{"metric_id": "m", "better": "higher"}, {"metric_id": "cost", "better": "lower"}])
CELL = {"experiment_id": "e", "segment_dimension": "all", "segment": "all", "metric_id": "m"}
NO_HYPOTHESES = pd.DataFrame(
    columns=["hypothesis_id", "experiment_id", "metric_id", "segment_dimension", "direction", "smallest_lift",
             "non_inferiority_lift", "alpha", "power"]
)  # fmt: skip


def comparison(difference: float | None = 0.02, error: float | None = 0.01, **row: Any) -> Row:
    reach = None if error is None or difference is None else 1.959964 * error
    given = CELL | {
        "basis": "at_exposure", "role": "primary", "kind": "conversion", "variant_id": "b", "baseline_variant_id": "a",
        "units": 500, "baseline_units": 500, "baseline_estimate": 0.1, "relative_lift": None,
        "difference": difference,
        "difference_low": None if reach is None else difference - reach,
        "difference_high": None if reach is None else difference + reach,
    }  # fmt: skip
    return given | row


def shrink(*rows: Row, **options: Any) -> pd.DataFrame:
    return shrunk.build(pd.DataFrame(rows), **options).to_pandas()


def test_an_overall_lift_is_drawn_to_0_by_the_declared_prior() -> None:
    [row] = shrink(comparison()).to_dict("records")
    # Lift .2 with error .1 under a prior of deviation .1: half is left.
    assert row["shrunk_relative_lift"] == pytest.approx(0.1, abs=1e-6)
    assert row["shrinkage"] == pytest.approx(0.5, abs=1e-6)
    assert row["method"] == "declared_prior"
    assert row["spread"] == pytest.approx(0.01)
    # z = 2 is barely significant: conditional on that, hardly anything is left (test_shrinkage.py).
    assert row["conditional_difference"] == pytest.approx(0.00504, abs=2e-5)
    assert pd.isna(row["note"])


def test_a_lift_on_a_baseline_below_0_keeps_the_sign_that_the_comparison_gives_it() -> None:
    [row] = shrink(comparison(kind="sum", baseline_estimate=-0.1, relative_lift=-0.2)).to_dict("records")
    assert row["shrunk_relative_lift"] == pytest.approx(-0.1, abs=1e-6)
    assert row["shrunk_relative_lift_low"] < -0.1 < row["shrunk_relative_lift_high"]
    assert row["conditional_relative_lift"] < 0


def test_shrunk_limits_of_a_rate_leave_a_rate() -> None:
    rows = [comparison(-0.08, 0.03), comparison(-0.02, 0.001, segment_dimension="device", segment="phone")]
    rows += [comparison(-0.09, 0.05, segment_dimension="device", segment="tablet")]
    for _, row in shrink(*rows, lift_prior_deviation=9.0).iterrows():
        assert row["shrunk_difference_low"] >= -0.1
        assert row["shrunk_relative_lift_low"] >= -1


def test_past_experiments_replace_the_declared_prior() -> None:
    rng = np.random.default_rng(7)
    past = [
        comparison(float(d), 0.001, experiment_id=f"p{i:02}") for i, d in enumerate(rng.normal(0, 0.004, 40))
    ]
    found = shrink(*past, comparison(0.02, 0.01), comparison(0.01, 0.01, metric_id="n", role="secondary"))
    assert set(found["method"]) == {"past_experiments"}
    assert (found["effects"] == 41).all()
    assert found["spread"].iloc[0] == pytest.approx(0.004, rel=0.3)
    # A large effect of a small experiment is not believed where large ones have been none.
    [row] = found[(found["experiment_id"] == "e") & (found["metric_id"] == "m")].to_dict("records")
    assert row["shrinkage"] > 0.7


def test_segments_are_drawn_to_each_other_and_one_alone_is_not() -> None:
    segments = [
        comparison(d, 0.02, segment_dimension="device", segment=s)
        for s, d in (("x", 0.0), ("y", 0.06), ("z", 0.03))
    ]
    alone = comparison(0.05, 0.02, segment_dimension="plan", segment="pro")
    found = shrink(*segments, alone).set_index("segment")
    assert 0 < found.loc["x", "shrunk_difference"] < found.loc["z", "shrunk_difference"]
    assert found.loc["y", "shrunk_difference"] < 0.06
    assert found.loc["y", "centre"] == pytest.approx(0.03, abs=1e-6)
    assert found.loc["x", "effects"] == 3
    assert np.isnan(found.loc["pro", "shrunk_difference"])
    assert "no other segment of the dimension" in found.loc["pro", "note"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (comparison(None, None), "no shrinkage: the difference has no interval"),
        (comparison(baseline_estimate=0.0), "the baseline is 0, so a prior of lifts says nothing"),
        (comparison(0.001), "no conditional estimate: not significant"),
    ],
)
def test_what_is_missing_has_a_reason(row: Row, says: str) -> None:
    assert says in shrink(row)["note"].iloc[0]


def aggregate(units: int = 1000, successes: float = 200, **row: Any) -> Row:
    return CELL | {
        "basis": "at_exposure", "is_large_enough": True, "kind": "conversion", "variant_id": "a", "units": units,
        "successes": successes, "value_sum": successes, "centred_sum_squares": successes * (1 - successes / units),
        "denominator_sum": None, "denominator_centred_sum_squares": None, "centred_cross_products": None,
    } | row  # fmt: skip


def plan(
    rows: list[Row], hypotheses: pd.DataFrame = NO_HYPOTHESES, ended: bool = False, **options: Any
) -> pd.DataFrame:
    traffic = pd.DataFrame(
        [{**{k: CELL[k] for k in ("experiment_id", "segment_dimension", "segment")}, "variant_id": v, "units_a_day": 50.0}
         for v in "ab"]
    )  # fmt: skip
    progress = pd.DataFrame([{"experiment_id": "e", "has_ended": ended}])
    table = power.build(pd.DataFrame(rows), EXPERIMENTS, METRICS, hypotheses, traffic, progress, **options)
    return table.to_pandas()


def test_units_needed_and_days_left() -> None:
    [row] = plan([aggregate(), aggregate(variant_id="b")], smallest_lift=0.25).to_dict("records")
    # 20% to 25% needs 1,094 an arm (test_planning.py).
    assert (row["units_needed"], row["units_missing"], row["days_left"]) == (2188, 188, 2)
    assert row["power_now"] == pytest.approx(0.7643, abs=2e-3)
    assert (
        row["statement"]
        == "needs 188 more units to show a lift of +25% with power 0.8, 2 days at today's traffic"
    )
    assert row["detectable_lift"] == pytest.approx(0.262, abs=2e-3)
    enough = plan(
        [aggregate(1094, 218.8), aggregate(1094, 200, variant_id="b")], smallest_lift=0.25, ended=True
    )
    assert enough["is_powered"].tolist() == [True]
    assert enough["units_missing"].tolist() == [0]
    assert enough["note"].iloc[0].startswith("no days left: the experiment has ended")


def test_a_hypothesis_says_what_is_asked() -> None:
    asked = pd.DataFrame(
        [{"hypothesis_id": "h", "experiment_id": "e", "metric_id": "m", "segment_dimension": "all", "direction": "increase",
          "smallest_lift": 0.25, "non_inferiority_lift": None, "alpha": 0.025, "power": 0.9},
         {"hypothesis_id": "i", "experiment_id": "e", "metric_id": "m", "segment_dimension": "device", "direction": "two_sided",
          "smallest_lift": 0.5, "non_inferiority_lift": None, "alpha": 0.05, "power": 0.9}]
    )  # fmt: skip
    [row] = plan([aggregate(), aggregate(variant_id="b")], asked).to_dict("records")
    assert (row["hypothesis_id"], row["direction"], row["power"]) == ("h", "increase", 0.9)
    # By hand: (1.96 √(2 · .225 · .775) + 1.2816 √(.2 · .8 + .25 · .75))² / .05² = 1,463.7 an arm.
    assert row["units_needed"] == 2 * 1464
    margin = asked.iloc[:1].assign(smallest_lift=None, non_inferiority_lift=0.1)
    [row] = plan([aggregate(), aggregate(variant_id="b")], margin).to_dict("records")
    # (1.96 + 1.2816)² · 2 · .2 · .8 / .02² = 8,406 an arm.
    assert row["units_needed"] == 2 * 8406
    assert row["statement"].startswith("needs 14,812 more units to show a loss below 10%")
    assert row["method"] == "unpooled_variance"


def test_a_metric_that_should_fall_is_planned_downwards_and_means_by_their_deviation() -> None:
    down = [aggregate(metric_id="cost"), aggregate(metric_id="cost", variant_id="b")]
    [row] = plan(down, smallest_lift=0.25).to_dict("records")
    assert row["detectable_difference"] < 0
    # 20% to 15%: 906 an arm (by hand: (1.96 √(2 · .175 · .825) + .8416 √(.16 + .1275))² / .05² = 905.3).
    assert row["units_needed"] == 2 * 906
    mean = {"kind": "sum", "value_sum": 2000.0, "centred_sum_squares": 999 * 16.0, "successes": 0}
    [row] = plan([aggregate(**mean), aggregate(**mean, variant_id="b")], smallest_lift=0.25).to_dict(
        "records"
    )
    assert row["deviation"] == pytest.approx(4)
    # d = .125: (1.96 + .8416)² · 2 / .125² = 1,004.6, and the t needs one more.
    assert row["units_needed"] == pytest.approx(2 * 1006, abs=2)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([aggregate(100, 0), aggregate(100, 5, variant_id="b")], "no plan: baseline or deviation is 0"),
        ([aggregate(100, 95), aggregate(100, 5, variant_id="b")], "the lift leads past 0% or 100%"),
        ([aggregate(100, 5, variant_id="b")], "no plan: the baseline has no units"),
    ],
)
def test_what_cannot_be_planned_says_why(rows: list[Row], says: str) -> None:
    [row] = plan(rows).to_dict("records")
    assert says in row["note"]
    assert row["statement"] == "cannot be planned"
    assert np.isnan(row["units_needed"])


def test_segments_after_the_exposure_are_not_planned() -> None:
    assert plan([aggregate(basis="post_exposure"), aggregate(basis="post_exposure", variant_id="b")]).empty


def test_repeats_pool_what_has_an_interval() -> None:
    def lift(experiment: str, low: float | None, mid: float | None, high: float | None) -> Row:
        return CELL | {"experiment_id": experiment, "variant_id": "b", "relative_lift": mid, "relative_lift_low": low,
                       "relative_lift_high": high}  # fmt: skip

    comparisons = pd.DataFrame(
        [
            lift("e", 0.0, 0.1, 0.21),
            lift("f", 0.0, 0.1, 0.21),
            lift("g", None, None, None),
            lift("h", -1.0, -0.5, 1.0),
        ]
    )
    named = pd.DataFrame(
        [{"hypothesis_group": "q", "experiment_id": e, "metric_id": "m", "variant_id": "b"} for e in ("e", "f", "g", "h", "new")]
    )  # fmt: skip
    [row] = repeats.build(comparisons, named).to_pandas().to_dict("records")
    assert (row["experiments"], row["pooled_experiments"]) == (5, 2)
    assert row["fixed_lift"] == row["random_lift"] == pytest.approx(0.1)
    # Two equal estimates: the error falls by √2.
    assert np.log1p(row["fixed_lift_high"]) - np.log1p(0.1) == pytest.approx(
        np.log(1.21) / 2 / np.sqrt(2), abs=1e-9
    )
    assert row["note"].endswith("left out, their lifts have no interval: g, h, new")


def halves(explored: tuple[int, int], confirmed: tuple[int, int], **row: Any) -> list[Row]:
    return [
        aggregate(1000, x, variant_id=v, half=half, allocation_epoch=1, **row)
        for half, counts in (("exploration", explored), ("confirmation", confirmed))
        for v, x in zip("ab", counts, strict=True)
    ]


def test_findings_are_retested_on_the_other_half() -> None:
    rows = [
        cell
        for segment, explored, confirmed in (
            ("holds", (100, 180), (100, 170)),
            ("fades", (100, 180), (100, 105)),
            ("turns", (100, 180), (100, 70)),
            ("none", (100, 101), (100, 180)),
        )
        for cell in halves(explored, confirmed, segment_dimension="d", segment=segment)
    ] + halves((100, 180), (100, 170), segment_dimension="d", segment="gone")[:2]
    found = replication.build(pd.DataFrame(rows), EXPERIMENTS, METRICS).to_pandas().set_index("segment")
    assert found["agreement"].to_dict() == {
        "fades": "same direction only", "gone": "cannot be retested", "holds": "replicated", "none": "nothing found",
        "turns": "opposite direction",
    }  # fmt: skip
    # One-sided in the direction found: against it p is near 1; what was not found is not tested.
    assert found.loc["turns", "confirmation_p_value"] > 0.98
    assert np.isnan(found.loc["none", "confirmation_p_value"])
    assert found.loc["none", "note"] == "not retested: the exploration found nothing here"
    # Holm over the three that could be retested.
    assert found.loc["holds", "confirmation_p_adjusted"] == pytest.approx(
        3 * found.loc["holds", "confirmation_p_value"]
    )
