"""The bootstrap against scipy's, against resamples drawn unit by unit, and against its own p."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from microlift.stats.bootstrap import compare_resamples, mean_draws, quantile_draws
from microlift.stats.histograms import Histogram, histogram

Array = NDArray[np.float64]

# Efron & Tibshirani (1993), table 2.1: survival of mice, in days.
TREATED = np.array([94.0, 197, 16, 38, 99, 141, 23])
CONTROL = np.array([52.0, 104, 146, 10, 51, 30, 40, 27, 46])


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def by_unit(values: Array, size: int, seed: int, q: float | None = None) -> Array:
    """Means or quantiles of resamples that are really drawn."""
    drawn = rng(seed).choice(values, (size, len(values)))
    return drawn.mean(axis=1) if q is None else np.quantile(drawn, q, axis=1, method="inverted_cdf")


def test_the_mice_of_the_book() -> None:
    """Chapter 2: a difference of 30.63, whose bootstrap standard error is 26.85 (with endless resamples)."""
    t, c = histogram(TREATED), histogram(CONTROL)
    result = compare_resamples([t], [c], rng())
    assert result.difference == pytest.approx(30.63, abs=0.005)
    spread = np.std(mean_draws(t, rng(1), 40_000) - mean_draws(c, rng(2), 40_000))
    assert spread == pytest.approx(26.85, rel=0.02)
    # Table 2.2: the median of the treated is 94, its standard error 37.83 with endless resamples.
    assert np.std(quantile_draws(t, 0.5, rng(3), 40_000)) == pytest.approx(37.83, rel=0.02)


@pytest.mark.parametrize("method", ["percentile", "bca"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_limits_are_those_of_scipy(method: str, seed: int) -> None:
    """scipy.stats.bootstrap with 10,000 resamples, within Monte Carlo error of both."""
    t, c = rng(seed).lognormal(0.3, 1, 120), rng(seed + 9).lognormal(0, 1.2, 60)
    found = compare_resamples([histogram(t)], [histogram(c)], rng(), method=method)
    oracle = stats.bootstrap(
        (t, c),
        lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
        n_resamples=9999,
        method={"percentile": "percentile", "bca": "BCa"}[method],
        rng=rng(5),
    )
    low, high = oracle.confidence_interval
    assert (found.difference_low, found.difference_high) == pytest.approx(
        # BCa draws its bias, too.
        (low, high),
        abs={"percentile": 0.13, "bca": 0.21}[method] * oracle.standard_error,
    )


@pytest.mark.parametrize("q", [0.25, 0.5, 0.9])
def test_quantiles_of_resamples_have_their_exact_distribution(q: float) -> None:
    values = np.round(rng(4).exponential(10, 41))
    drawn, real = quantile_draws(histogram(values), q, rng(6), 20_000), by_unit(values, 20_000, 7, q)
    shares = [np.array([(each <= value).mean() for value in np.unique(values)]) for each in (drawn, real)]
    assert np.abs(shares[0] - shares[1]).max() < 0.017  # 3.5 standard errors of a difference of shares of ½


@pytest.mark.parametrize("values", [rng(8).lognormal(0, 1.5, 900), rng(8).standard_t(3, 2500)])
def test_many_values_have_the_distribution_of_few(values: Array) -> None:
    """Beyond the values that are drawn one by one; a tail each, and the middle."""
    data = histogram(values)
    assert len(data.values) == len(values)
    drawn, real = mean_draws(data, rng(9), 6000), by_unit(values, 6000, 10)
    assert stats.ks_2samp(drawn, real).pvalue > 0.001
    for level in (0.025, 0.5, 0.975):
        share = (drawn <= np.quantile(real, level)).mean()
        assert share == pytest.approx(level, abs=4 * np.sqrt(2 * level * (1 - level) / 6000)), level


def test_bins_hide_no_spread() -> None:
    values = rng(11).normal(0, 1, 1000).reshape(10, 100)
    binned = histogram(
        values.mean(axis=1),
        np.full(10, 100),
        float(((values - values.mean(axis=1, keepdims=True)) ** 2).sum()),
    )
    assert binned.m2 == pytest.approx(histogram(values).m2)
    assert np.std(mean_draws(binned, rng(), 20_000)) == pytest.approx(values.std() / np.sqrt(1000), rel=0.02)


SMALL = st.lists(st.integers(0, 4), min_size=2, max_size=12)


@settings(deadline=None, max_examples=150)
@given(
    t=SMALL,
    c=SMALL,
    confidence=st.sampled_from([0.8, 0.9, 0.95]),
    method=st.sampled_from(["percentile", "bca", "median"]),
)
def test_p_inverts_the_intervals(t: list[int], c: list[int], confidence: float, method: str) -> None:
    quantile = 0.5 if method == "median" else None
    kind = "percentile" if method == "median" else method
    found = compare_resamples(
        [histogram(t)], [histogram(c)], rng(), quantile, confidence, kind, resamples=500
    )
    if np.isnan(found.p_value):
        assert len(set(t)) == len(set(c)) == 1
        return
    excluded = found.difference_low > 0 or found.difference_high < 0
    assert (found.p_value < 1 - confidence) == excluded
    if kind == "percentile":
        assert (found.relative_lift_low > 0 or found.relative_lift_high < 0) == excluded
    assert 0 <= found.probability_positive <= 1
    assert found.mean_excess >= 0
    assert found.mean_shortfall >= 0


def test_strata_are_weighted_as_means_are() -> None:
    """10/90 then 50/50 while both arms fall from 8 to 2: no effect, though the plain means differ."""
    first, second = [8.0, 9, 7], [2.0, 1, 3]
    t = [histogram(np.repeat(first, 10)), histogram(np.repeat(second, 50))]
    c = [histogram(np.repeat(first, 90)), histogram(np.repeat(second, 50))]
    for quantile in (None, 0.5):
        found = compare_resamples(t, c, rng(), quantile)
        assert found.difference == pytest.approx(0, abs=1e-12)
        assert found.p_value > 0.2


@pytest.mark.parametrize(
    ("t", "c"),
    [([1.0], [1.0, 2.0]), ([2.0, 2.0], [1.0, 1.0]), ([], [1.0, 2.0])],
    ids=["one unit", "no spread", "no unit"],
)
def test_what_cannot_be_resampled_has_no_limits(t: list[float], c: list[float]) -> None:
    found = compare_resamples([histogram(t)], [histogram(c)], rng())
    assert np.isnan([found.difference_low, found.difference_high, found.p_value]).all()
    assert np.isnan(found.difference) == (not t)


def test_a_baseline_that_may_be_zero_leaves_the_lift_open() -> None:
    found = compare_resamples([histogram([1.0, 2, 3])], [histogram([0.0, 0, 1])], rng())
    assert found.relative_lift == pytest.approx(5)
    assert found.relative_lift_high == np.inf
    assert np.isfinite(found.difference_high)


def test_more_confidence_than_resamples_has_no_limits() -> None:
    found = compare_resamples(
        [histogram([1.0, 2, 3])], [histogram([0.0, 5, 1])], rng(), confidence=0.999, resamples=500
    )
    assert (found.difference_low, found.difference_high) == (-np.inf, np.inf)


ARM: list[Histogram] = [histogram([1.0, 2.0])]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "t"}, "method must be one of percentile, bca, got 't'"),
        ({"method": "bca", "quantile": 0.5}, "method must be percentile for a quantile"),
        ({"quantile": 1.5}, r"quantile must lie in \(0, 1\), got 1.5"),
        ({"confidence": 1.0}, r"confidence must lie in \(0, 1\)"),
        ({"resamples": 9}, "resamples must be at least 100, got 9"),
    ],
)
def test_bad_settings_are_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare_resamples(ARM, ARM, rng(), **changes)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one histogram a stratum, got 2 and 1"):
        compare_resamples(ARM * 2, ARM, rng())
