"""`results_stability`: planted changes with time, and what does not change."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from result_inputs import Row, assert_sound, counted, experiments, measured, metrics, one
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from microlift.results.stability import SCHEMA, build

PLAIN = pd.DataFrame(
    [{"experiment_id": "e", "segment_dimension": "all", "metric_id": "m", "variant_id": "b", "baseline_variant_id": "a",
      "difference": 0.02, "p_value": 0.001}]
)  # fmt: skip


def cut(stratification: str, stratum: str, place: int, epoch: int = 1) -> Row:
    return {"stratification": stratification, "stratum": stratum, "place": place, "allocation_epoch": epoch}


def run(*rows: Row) -> pa.Table:
    frame = pd.DataFrame(rows).drop(columns=["segment_dimension", "segment"])
    table = build(frame.astype({"successes": "Int64"}), PLAIN, experiments(), metrics())
    assert table.schema == SCHEMA
    assert_sound(table)
    return table


def conversions(check: str, lifts: list[int], base: int = 100, n: int = 1000) -> list[Row]:
    return [
        counted(variant, base + (lift if variant == "b" else 0), n, **cut(check, f"s{place}", place))
        for place, lift in enumerate(lifts) for variant in "ab"
    ]  # fmt: skip


def test_an_effect_that_holds_on_every_day_passes() -> None:
    row = one(run(*conversions("day_of_week", [30] * 7)), check_name="day_of_week")
    assert (row["status"], row["strata"], row["is_same_verdict"]) == ("pass", 7, True)
    assert row["change_p_value"] == pytest.approx(1)
    tables = StratifiedTable([np.array([[130, 870], [100, 900]], float)] * 7)
    assert row["stratified_p_value"] == pytest.approx(tables.test_null_odds().pvalue, rel=0.02)
    assert row["stratified_difference"] == pytest.approx(0.03)


def test_an_effect_of_the_campaign_alone_warns() -> None:
    row = one(run(*conversions("calendar", [0, 0, 120])), check_name="calendar")
    assert row["status"] == "warn"
    assert row["change"] is None
    assert "as a whole" in row["note"]


def test_novelty_wears_off() -> None:
    row = one(run(*conversions("exposure_day", [70, 60, 50, 40, 30, 20, 10, 0])), check_name="exposure_day")
    assert row["status"] == "warn"
    assert row["change"] == pytest.approx(-0.01, abs=5e-4)
    assert row["change_low"] < row["change"] < row["change_high"] < 0
    steady = one(run(*conversions("exposure_day", [35] * 8)), check_name="exposure_day")
    assert (steady["status"], steady["change"]) == ("pass", pytest.approx(0, abs=1e-12))


def test_days_of_one_unit_hang_together() -> None:
    """The slope of every unit is one value: its test is Welch's of those slopes."""
    random = np.random.default_rng(2)
    days, rows, slopes = 5, [], {}
    for variant, drift in (("a", 0.0), ("b", -0.3)):
        values = random.normal(3, 1, (200, 1)) + drift * np.arange(days) + random.normal(0, 1, (200, days))
        contrast = values @ (2 * np.arange(days) - days + 1)
        slopes[variant] = np.polyfit(np.arange(days), values.T, 1)[0]
        rows.append(measured(variant, contrast, **cut("slope_since_exposure", str(days), days)))
    row = one(run(*rows), check_name="day_since_exposure")
    oracle = stats.ttest_ind(slopes["b"], slopes["a"], equal_var=False)
    assert row["change"] == pytest.approx(slopes["b"].mean() - slopes["a"].mean())
    assert row["change_p_value"] == pytest.approx(oracle.pvalue)
    assert (row["change_low"], row["change_high"]) == pytest.approx(tuple(oracle.confidence_interval(0.95)))
    assert row["status"] == "warn"


def test_a_shift_of_weights_is_no_change_of_the_effect() -> None:
    """Epochs are strata of their own: 10/90 at a high rate, then 50/50 at a low one, and no effect in either."""
    rows = []
    for place, (epoch, rate, n_a, n_b) in enumerate(
        [(1, 0.2, 900, 100), (1, 0.2, 900, 100), (2, 0.1, 500, 500), (2, 0.1, 500, 500)]
    ):
        for variant, n in (("a", n_a), ("b", n_b)):
            rows.append(
                counted(variant, round(rate * n), n, **cut("day_of_week", f"d{place % 2}", place % 2, epoch))
            )
    row = one(run(*rows), check_name="day_of_week")
    assert (row["strata"], row["stratified_difference"]) == (4, pytest.approx(0))
    assert row["change_p_value"] == pytest.approx(1)
    assert row["is_same_verdict"] is False


def test_nothing_to_cut_has_no_row() -> None:
    assert run(*conversions("calendar", [10])).num_rows == 0
    empty = run(*conversions("day_of_week", [0, 0], base=0))
    assert one(empty, check_name="day_of_week")["status"] == "unknown"
    with pytest.raises(ValueError, match="alpha must lie in"):
        build(pd.DataFrame(), PLAIN, experiments(), metrics(), alpha=2)
