"""One proportion: published limits, degenerate counts, coverage by enumeration, bad arguments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from microlift.stats import proportions

METHODS = [
    proportions.clopper_pearson,
    proportions.wilson,
    proportions.jeffreys,
    proportions.beta_posterior,
]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # Newcombe (1998), Statistics in Medicine 17:857–872, Table I: methods 5 (exact) and 3 (Wilson).
        (proportions.clopper_pearson, [(0.2527, 0.3676), (0.0578, 0.1617), (0, 0.1684), (0.0009, 0.1776)]),
        (proportions.wilson, [(0.2553, 0.3662), (0.0624, 0.1605), (0, 0.1611), (0.0061, 0.1718)]),
    ],
)
def test_newcombe_table(method, expected):
    interval = method([81, 15, 0, 1], [263, 148, 20, 29])
    assert_allclose(np.column_stack([interval.low, interval.high]), expected, atol=5e-5)


def test_uniform_posterior_is_not_clopper_pearson():
    exact = proportions.clopper_pearson(3, 50)
    uniform = proportions.beta_posterior(3, 50)
    assert_allclose([exact.low, exact.high], [0.0125, 0.1655], atol=5e-5)
    assert_allclose([uniform.low, uniform.high], [0.0218, 0.1624], atol=5e-5)


def test_jeffreys_end_rule():
    interval = proportions.jeffreys([0, 10, 4], 10)
    assert interval.low[0] == 0
    assert interval.high[1] == 1
    inner = stats.beta.ppf([0.025, 0.975], 4.5, 6.5)
    assert_allclose([interval.low[2], interval.high[2]], inner, rtol=1e-10)
    # Without the rule the lower limit at 0 of 10 would be above 0.
    assert proportions.beta_posterior(0, 10, 0.5, 0.5).low > 0
    # The other end keeps the quantile of the equal-tailed interval.
    assert_allclose(interval.high[0], stats.beta.ppf(0.975, 0.5, 10.5), rtol=1e-10)


@pytest.mark.parametrize("method", METHODS[:3])
def test_no_trial_says_nothing(method):
    interval = method(0, 0)
    assert (interval.low, interval.high) == (0, 1)


def test_no_trial_leaves_the_prior():
    interval = proportions.beta_posterior(0, 0, 2, 8)
    assert_allclose([interval.low, interval.high], stats.beta.ppf([0.025, 0.975], 2, 8), rtol=1e-10)


@pytest.mark.parametrize("method", METHODS)
@given(n=st.integers(1, 10**9), share=st.floats(0, 1), confidence=st.floats(0.5, 0.999))
def test_intervals_hold_the_estimate_and_mirror(method, n, share, confidence):
    x = round(n * share)
    interval = method(x, n, confidence=confidence)
    mirrored = method(n - x, n, confidence=confidence)
    assert 0 <= interval.low < interval.high <= 1
    if method is not proportions.beta_posterior:  # which a prior may move
        assert interval.low <= x / n * (1 + 1e-12)
        assert interval.high >= x / n * (1 - 1e-12)
    assert_allclose(1 - mirrored.high, interval.low, atol=1e-11)
    assert_allclose(1 - mirrored.low, interval.high, atol=1e-11)


@pytest.mark.parametrize("method", METHODS)
def test_rare_rates_keep_their_digits(method):
    """At two in 10⁹ the interval is that of a Poisson count, whatever the method's arithmetic."""
    interval = method(2, 10**9)
    coarse = method(2, 10**6)
    assert_allclose(interval.low * 10**9, coarse.low * 10**6, rtol=1e-5)
    assert_allclose(interval.high * 10**9, coarse.high * 10**6, rtol=1e-5)


def test_clopper_pearson_covers_in_each_tail():
    n, x = 30, np.arange(31)
    interval = proportions.clopper_pearson(x, n)
    for p in np.linspace(0.005, 0.995, 199):
        mass = stats.binom.pmf(x, n, p)
        assert mass[interval.low > p].sum() <= 0.025 + 1e-12
        assert mass[interval.high < p].sum() <= 0.025 + 1e-12


def test_wilson_inverts_the_score_test():
    interval = proportions.wilson(7, 40, 0.9)
    for p in (interval.low, interval.high):
        assert_allclose(abs(7 / 40 - p) / np.sqrt(p * (1 - p) / 40), stats.norm.ppf(0.95), rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, 4), r"successes must lie in \[0, n\], got 5 with n = 4"),
        ((-1, 4), "successes must be whole numbers of at least 0, got -1"),
        ((1.5, 4), r"successes must be whole numbers of at least 0, got 1\.5"),
        ((1, np.nan), "n must be finite, got nan"),
        (([1, 2], [3, 4, 5]), "broadcast together"),
        (("many", 4), "successes must be numbers, got 'many'"),
    ],
)
def test_bad_counts_are_named(method, arguments, message):
    with pytest.raises(ValueError, match=message):
        method(*arguments)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("confidence", [0, 1, 95, np.nan, "high"])
def test_bad_confidence_is_named(method, confidence):
    with pytest.raises(ValueError, match="confidence"):
        method(1, 4, confidence=confidence)


@pytest.mark.parametrize("prior", [{"prior_alpha": 0}, {"prior_beta": -1}, {"prior_alpha": np.inf}])
def test_bad_prior_is_named(prior):
    with pytest.raises(ValueError, match=next(iter(prior))):
        proportions.beta_posterior(1, 4, **prior)
