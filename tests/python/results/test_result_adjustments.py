"""`results_adjustments` and `agg_rates`: what the library computes from aggregates made by hand."""

import datetime

import numpy as np
import pandas as pd
import pytest
from result_inputs import assert_sound, one
from scipy import stats

from microlift.results import adjustments, rates
from microlift.stats.proportions import wilson
from microlift.stats.two_proportions import compare_proportions


def rules(*rows: tuple[str, float, str | None]) -> pd.DataFrame:
    """`int_adjustment_rules` from (rule, holdout share, metric)."""
    return pd.DataFrame(rows, columns=["rule_id", "holdout_share", "metric_id"])


def arms(*rows: tuple[str, bool, int, int, int]) -> pd.DataFrame:
    """`int_adjustment_arms` from (rule, held out, units, ripe units, conversions)."""
    frame = pd.DataFrame(rows, columns=["rule_id", "is_holdout", "units", "ripe_units", "conversions"])
    return frame.assign(value_sum=2.0 * frame["conversions"])


BY_DESIGN = ["relative_lift_high"]


def test_served_against_holdout() -> None:
    table = adjustments.build(
        rules(("few", 0.5, "m"), ("many", 0.2, "m")),
        arms(("many", False, 810, 800, 120), ("many", True, 205, 200, 16), ("few", False, 20, 20, 4), ("few", True, 19, 18, 0)),
    )  # fmt: skip
    assert table.schema == adjustments.SCHEMA
    assert_sound(table, without=BY_DESIGN)
    many, few = one(table, rule_id="many"), one(table, rule_id="few")
    expected = compare_proportions(120, 800, 16, 200)
    for name in ("difference", "difference_low", "difference_high", "relative_lift", "p_value"):
        assert many[name] == pytest.approx(float(getattr(expected, name)))
    assert (many["is_causal"], many["method"], few["method"]) == (True, "score", "exact")
    assert (many["rate_served"], many["rate_held_out"]) == (0.15, 0.08)
    assert many["value_per_unit_served"] == 0.3
    assert many["observed_holdout_share"] == 205 / 1015
    assert many["sample_ratio_p_value"] == pytest.approx(stats.chisquare([810, 205], [812, 203]).pvalue)
    assert few["difference"] == 0.2
    assert few["relative_lift"] is few["relative_lift_high"] is None


def test_a_broken_holdout_shows() -> None:
    table = adjustments.build(
        rules(("r", 0.5, "m")), arms(("r", False, 600, 600, 60), ("r", True, 400, 400, 40))
    )
    assert one(table)["sample_ratio_p_value"] < 1e-9


def test_what_is_not_causal_says_why_and_only_describes() -> None:
    table = adjustments.build(
        rules(("none held", 0, "m"), ("no metric", 0.5, None), ("nobody yet", 0.5, "m"), ("unripe", 0.5, "m")),
        arms(
            ("none held", False, 100, 90, 9), ("no metric", False, 5, 0, 0), ("no metric", True, 5, 0, 0),
            ("unripe", False, 5, 5, 1), ("unripe", True, 5, 0, 0),
        ),
    )  # fmt: skip
    assert table.num_rows == 4
    for row in table.to_pylist():
        assert not row["is_causal"]
        assert row["p_value"] is row["difference"] is row["method"] is None
    words = {row["rule_id"]: row["note"] for row in table.to_pylist()}
    assert words["none held"] == "not causal: the rule declares no holdout"
    assert words["no metric"] == "no outcome: the rule names no metric"
    assert (
        words["nobody yet"] == words["unripe"] == "not causal yet: an arm has no unit whose window has closed"
    )
    assert one(table, rule_id="none held")["rate_served"] == 0.1
    assert one(table, rule_id="none held")["sample_ratio_p_value"] is None
    assert one(table, rule_id="no metric")["conversions_served"] is None
    assert one(table, rule_id="nobody yet")["units_served"] == 0


def test_impossible_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"holdout_share must lie in \[0, 1\), got 1"):
        adjustments.build(rules(("r", 1.0, "m")), arms())
    with pytest.raises(ValueError, match="must lie in"):
        adjustments.build(rules(("r", 0.5, "m")), arms(("r", False, 5, 5, 6)))


def test_rates_have_the_bounds_of_their_confidence() -> None:
    day = datetime.date(2026, 1, 5)
    frame = pd.DataFrame(
        [
            ("ctr", "top", day, confidence, 60, counted)
            for confidence in (0.9, 0.95)
            for counted in (0, 2, 60)
        ],
        columns=["rate", "section", "day", "confidence", "sessions", "counted_sessions"],
    )
    table = rates.build(frame)
    assert table.schema == rates.SCHEMA
    assert rates.build(frame.iloc[:0]).schema == rates.SCHEMA  # a project without rates
    for row in table.to_pylist():
        interval = wilson(row["counted_sessions"], 60, row["confidence"])
        assert (row["interval_low"], row["interval_high"]) == (float(interval.low), float(interval.high))
        assert row["estimate"] == row["counted_sessions"] / 60
        assert row["day"] == day
    # Brown, Cai & DasGupta's formula, by hand, for 2 of 60 at 95%.
    z = stats.norm.ppf(0.975)
    centre, half = (2 + z**2 / 2) / (60 + z**2), z / (60 + z**2) * np.sqrt(2 * 58 / 60 + z**2 / 4)
    row = one(table, confidence=0.95, counted_sessions=2)
    assert (row["interval_low"], row["interval_high"]) == pytest.approx((centre - half, centre + half))
