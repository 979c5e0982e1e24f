"""`results_intervals` against scipy and statsmodels."""

import numpy as np
import pandas as pd
import pytest
from result_inputs import Row, assert_sound, counted, divided, measured, one, strata
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from microlift.results.intervals import SCHEMA, build


def aggregates(*rows: Row) -> pd.DataFrame:
    """`agg_variant_metrics`: here strata of one epoch are the aggregates."""
    return strata(*rows).assign(basis="at_exposure")


@pytest.mark.parametrize(("x", "n"), [(3, 50), (40, 400), (1, 7)])
def test_conversions(x: int, n: int) -> None:
    table = build(aggregates(counted("a", x, n)))
    assert table.schema == SCHEMA
    assert_sound(table)
    expected = {
        "clopper_pearson": proportion_confint(x, n, method="beta"),
        "wilson": proportion_confint(x, n, method="wilson"),
        "jeffreys": proportion_confint(x, n, method="jeffreys"),
        "beta_posterior": stats.beta.interval(0.95, x + 1, n - x + 1),
    }
    assert table["method"].to_pylist() == sorted(expected)
    for method, limits in expected.items():
        row = one(table, method=method)
        assert (row["interval_low"], row["interval_high"]) == pytest.approx(limits)
        assert (row["estimate"], row["units"], row["successes"]) == (x / n, n, x)


def test_published_clopper_pearson() -> None:
    """3 of 50: (.0125, .1655), not the (.0218, .1624) of a uniform prior that is often printed for it."""
    row = one(build(aggregates(counted("a", 3, 50))), method="clopper_pearson")
    assert (round(row["interval_low"], 4), round(row["interval_high"], 4)) == (0.0125, 0.1655)


def test_means_and_ratios() -> None:
    y, x = np.array([2.0, 5, 3, 8, 1]), np.array([1.0, 2, 2, 4, 1])
    table = build(
        aggregates(
            measured("a", y, "count"),
            measured("a", y, metric_id="s"),
            divided("a", y, x, metric_id="r"),
        ),
        confidence=0.9,
    )
    assert_sound(table, without=["successes"])
    linear = y.sum() / x.sum() + (y - y.sum() / x.sum() * x) / x.mean()
    for metric, values, method in (("m", y, "t"), ("s", y, "t"), ("r", linear, "t_of_linearised_ratio")):
        row = one(table, metric_id=metric)
        limits = stats.t.interval(0.9, 4, values.mean(), values.std(ddof=1) / np.sqrt(5))
        assert row["method"] == method
        assert row["estimate"] == pytest.approx(values.mean())
        assert (row["interval_low"], row["interval_high"]) == pytest.approx(limits)


@pytest.mark.parametrize("x", [0, 50])
def test_extreme_counts_are_bounded(x: int) -> None:
    table = build(aggregates(counted("a", x, 50)))
    assert_sound(table)
    for row in table.to_pylist():
        assert 0 <= row["interval_low"] < row["interval_high"] <= 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (counted("a", 0, 0), "no estimate"),
        (measured("a", [4.0]), "no interval: fewer than two units"),
        (measured("a", [4.0, 4.0]), "no interval: fewer than two units, or no spread"),
        (divided("a", [1, 2, 3], [0, 0, 0]), "no estimate"),
        (divided("a", [1, 2, 3], [1, 2, 3]), "no interval"),
    ],
)
def test_what_is_missing_is_named(row: Row, words: str) -> None:
    table = build(aggregates(row))
    assert_sound(table, without=["successes"])
    assert all(note.startswith(words) for note in table["note"].to_pylist())


def test_a_ratio_with_an_unknown_denominator_is_no_crash() -> None:
    row = divided("a", [1, 2, 3], [1, 2, 2]) | {"denominator_sum": None, "centred_cross_products": None}
    assert one(build(aggregates(row)))["note"].startswith("no estimate")
