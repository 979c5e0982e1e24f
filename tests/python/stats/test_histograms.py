"""Quantiles of weighted histograms: published intervals, and the plain sample they stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from microlift.stats.histograms import histogram, quantile_interval, sample_quantile

VALUES = st.lists(st.integers(-5, 5), min_size=1, max_size=40)
LEVELS = st.sampled_from([0.05, 0.07, 0.25, 0.5, 0.9, 0.99])


@pytest.mark.parametrize(
    ("n", "low", "high"),
    # Ranks of the 95% interval of a median, Conover (1999), table A3 and 3.2; Altman et al., Statistics with
    # Confidence (2000), table 18.4: 2 and 9 of 10, 6 and 15 of 20, 18 and 33 of 50, 40 and 61 of 100.
    [(10, 2, 9), (20, 6, 15), (50, 18, 33), (100, 40, 61)],
)
def test_the_ranks_of_a_median_are_those_of_the_tables(n: int, low: int, high: int) -> None:
    assert quantile_interval(histogram(np.arange(1, n + 1)), 0.5) == (low, high)


def test_few_units_have_no_limit_beyond_an_outer_quantile() -> None:
    assert quantile_interval(histogram([1, 2, 3]), 0.5) == (-np.inf, np.inf)
    low, high = quantile_interval(histogram(np.arange(1, 31)), 0.9)
    assert (low, high) == (23, np.inf)
    assert quantile_interval(histogram([]), 0.5) == (-np.inf, np.inf)


@pytest.mark.parametrize(("n", "q"), [(10, 0.5), (30, 0.1), (80, 0.9)])
def test_no_tail_has_more_than_its_half(n: int, q: float) -> None:
    """By the binomial distribution of units below the quantile, whatever the values are."""
    low, high = quantile_interval(histogram(np.arange(1, n + 1)), q)
    below = stats.binom(n, q)
    assert low == -np.inf or below.cdf(low - 1) <= 0.025
    assert high == np.inf or below.sf(high - 1) <= 0.025


@given(values=VALUES, q=LEVELS)
def test_a_quantile_is_that_of_the_sample(values: list[int], q: float) -> None:
    expected = np.quantile(np.array(values, dtype=float), q, method="inverted_cdf")
    assert sample_quantile(histogram(values), q) == expected


@given(values=VALUES)
def test_a_histogram_keeps_mean_and_squares(values: list[int]) -> None:
    data = histogram(values)
    assert data.n == len(values)
    assert data.mean == pytest.approx(np.mean(values), abs=1e-12)
    assert data.m2 == pytest.approx(np.var(values) * len(values), abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, np.nan],), "values must be finite, got nan"),
        (([1.0], [0.5]), "units must be whole numbers of at least 0, got 0.5"),
        (([1.0], [1, 2]), "values and units must have one shape"),
        (([1.0], [1], -1.0), "hidden must be finite and at least 0, got -1.0"),
    ],
)
def test_bad_histograms_are_named(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        histogram(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("q", [0.0, 1.0, -1.0, float("nan")])
def test_a_quantile_lies_inside(q: float) -> None:
    with pytest.raises(ValueError, match=r"quantile must lie in \(0, 1\)"):
        sample_quantile(histogram([1.0]), q)
