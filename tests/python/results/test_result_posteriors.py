"""`results_posteriors` on a few cells, from the same comparisons that the warehouse has."""

import numpy as np
import pandas as pd
import pytest
from result_inputs import counted, experiments, measured, metrics, strata
from scipy import stats

from microlift.results.comparisons import build as compare
from microlift.results.posteriors import ROW, build

ROWS = [
    counted("a", 30, 500), counted("b", 45, 510), counted("d", 28, 490), counted("e", 60, 505),
    measured("a", [-5, -4, -3, -4.5, -3.5], metric_id="loss"), measured("b", [-4, -3, -2, -3.5, -2.5], metric_id="loss"),
    measured("a", [2.0, 2.0], metric_id="flat"), measured("b", [2.0, 2.0], metric_id="flat"),
]  # fmt: skip


@pytest.fixture(scope="module")
def inputs() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    frame, known = strata(*ROWS), metrics()
    comparisons = compare(frame, experiments("a"), known).to_pandas()
    return comparisons, frame, known


@pytest.fixture(scope="module")
def table(inputs: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    return build(*inputs, power=pd.DataFrame()).to_pandas().set_index(["metric_id", "variant_id"])


def test_p_best_counts_all_variants_of_the_cell(table: pd.DataFrame) -> None:
    """Against a seeded simulation of the four posteriors: standard error .0004."""
    rng = np.random.default_rng(1)
    draws = rng.beta([31, 46, 29, 61], [471, 466, 463, 446], (1_000_000, 4)).argmax(axis=1)
    found = table.loc["m", "probability_best"]
    assert found[["b", "d", "e"]].tolist() == pytest.approx(
        [(draws == k).mean() for k in (1, 2, 3)], abs=2e-3
    )


def test_the_region_is_the_planned_lift(inputs: tuple[pd.DataFrame, ...], table: pd.DataFrame) -> None:
    assert (table["equivalence_lift"] == 0.1).all()
    power = inputs[0][ROW].assign(smallest_lift=0.5, non_inferiority_lift=np.nan)
    wider = build(*inputs, power=power).to_pandas().set_index(["metric_id", "variant_id"])
    rng = np.random.default_rng(2)
    lift = rng.beta(46, 466, 1_000_000) / rng.beta(31, 471, 1_000_000) - 1
    for found, region in ((table, 0.1), (wider, 0.5)):
        share = (np.abs(lift) < region).mean()
        assert found.loc[("m", "b"), "probability_equivalent"] == pytest.approx(share, abs=2e-3)


def test_limits_of_a_negative_baseline_have_the_sign_of_its_lift(table: pd.DataFrame) -> None:
    row = table.loc[("loss", "b")]
    assert row["credible_difference_low"] < row["difference"] == 1.0 < row["credible_difference_high"]
    assert (row["credible_lift_low"] + row["credible_lift_high"]) / 2 == pytest.approx(1 / -4)
    error = (row["credible_difference_high"] - 1) / stats.norm.ppf(0.975)
    inside = stats.norm.cdf(0.4, 1, error) - stats.norm.cdf(-0.4, 1, error)
    assert row["probability_equivalent"] == pytest.approx(inside)


def test_what_is_null_has_a_reason(table: pd.DataFrame) -> None:
    numbers = [column for column in table if column.startswith(("credible", "probability"))]
    missing = table[numbers].isna().any(axis=1)
    assert (
        missing.tolist()
        == table.index.isin(
            [("flat", "b"), ("flat", "d"), ("flat", "e"), ("loss", "d"), ("loss", "e")]
        ).tolist()
    )
    assert table.loc[missing, "note"].notna().all()
    assert table.loc["m", "note"].isna().all()


def test_impossible_settings_are_named(inputs: tuple[pd.DataFrame, ...]) -> None:
    with pytest.raises(ValueError, match="smallest_lift must be finite and above 0"):
        build(*inputs, power=pd.DataFrame(), smallest_lift=0)
