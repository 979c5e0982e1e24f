"""Credible limits of difference and lift, and the region of practical equivalence."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, optimize, stats

from microlift.stats.bayes import beta_probability_better, normal_probability_within
from microlift.stats.beta_contrasts import beta_contrast_interval, beta_probability_within

# Posteriors of few and of many counts, equal and unequal: (alpha_t, beta_t, alpha_c, beta_c).
FEW = (4.0, 48.0, 9.0, 50.0)
MANY = (121.0, 881.0, 101.0, 901.0)
NONE = (7.0, 975.0, 1.0, 1001.0)
UNEQUAL = (12.0, 991.0, 401.0, 99_601.0)
HALF = (1.5, 20.5, 0.5, 33.5)


def brute_below(value: float, posterior: tuple[float, ...], scale: str) -> float:
    """P(contrast ≤ value) by adaptive quadrature over the control, cut where its mass is."""
    t, c = stats.beta(*posterior[:2]), stats.beta(*posterior[2:])
    cuts = c.ppf([0, 1e-12, 1e-6, 0.01, 0.3, 0.7, 0.99, 1 - 1e-6, 1 - 1e-12, 1])

    def density(p: float) -> float:
        return float(c.pdf(p) * t.cdf(p + value if scale == "difference" else p * (1 + value)))

    parts = itertools.pairwise(cuts)
    return sum(integrate.quad(density, a, b, epsabs=1e-13, limit=200)[0] for a, b in parts)


def test_two_uniform_posteriors_have_closed_forms() -> None:
    """The difference of two uniforms is triangular; their ratio has P(≤ r) = r/2 up to 1."""
    difference = beta_contrast_interval(1, 1, 1, 1)
    assert_allclose([difference.low, difference.high], [-0.7763932023, 0.7763932023], rtol=1e-9)
    lift = beta_contrast_interval(1, 1, 1, 1, scale="relative_lift")
    assert_allclose([lift.low, lift.high], [0.05 - 1, 20 - 1], rtol=1e-8)
    assert_allclose(beta_probability_within(1, 1, 1, 1, -0.1, 0.1), 0.19, rtol=1e-9)
    assert_allclose(beta_probability_within(1, 1, 1, 1, -0.5, 1, "relative_lift"), 0.5, rtol=1e-9)


@pytest.mark.parametrize("posterior", [FEW, MANY, NONE, UNEQUAL])
@pytest.mark.parametrize("scale", ["difference", "relative_lift"])
def test_limits_meet_their_tails_by_brute_force(posterior: tuple[float, ...], scale: str) -> None:
    found = beta_contrast_interval(*posterior, confidence=0.9, scale=scale)
    assert_allclose(brute_below(float(found.low), posterior, scale), 0.05, rtol=2e-7)
    assert_allclose(1 - brute_below(float(found.high), posterior, scale), 0.05, rtol=2e-7)
    inside = beta_probability_within(*posterior, found.low, found.high, scale)
    assert_allclose(inside, 0.9, rtol=1e-8)


def test_a_limit_is_that_of_a_search_by_brute_force() -> None:
    low = optimize.brentq(lambda d: brute_below(d, FEW, "difference") - 0.025, -0.5, 0.0, xtol=1e-10)
    assert_allclose(beta_contrast_interval(*FEW).low, low, rtol=1e-6)


@pytest.mark.parametrize("posterior", [FEW, MANY, NONE, UNEQUAL, HALF])
def test_swapped_and_mirrored_arms_mirror_the_limits(posterior: tuple[float, ...]) -> None:
    a_t, b_t, a_c, b_c = posterior
    found, swapped = beta_contrast_interval(*posterior), beta_contrast_interval(a_c, b_c, a_t, b_t)
    mirrored = beta_contrast_interval(b_t, a_t, b_c, a_c)
    for other in (swapped, mirrored):
        assert_allclose([-other.high, -other.low], [found.low, found.high], rtol=1e-5)
    lift = beta_contrast_interval(*posterior, scale="relative_lift")
    turned = beta_contrast_interval(a_c, b_c, a_t, b_t, scale="relative_lift")
    assert_allclose([1 / (1 + turned.high), 1 / (1 + turned.low)], [1 + lift.low, 1 + lift.high], rtol=1e-4)


def test_limits_agree_with_the_probability_of_being_better() -> None:
    rng = np.random.default_rng(5)
    n = rng.integers(1, 3000, (2, 300))
    x = rng.binomial(n, rng.uniform(0, 0.2, (2, 300)))
    posterior = (1 + x[0], 1 + n[0] - x[0], 1 + x[1], 1 + n[1] - x[1])
    better = beta_probability_better(*posterior)
    for scale in ("difference", "relative_lift"):
        wide, narrow = (beta_contrast_interval(*posterior, level, scale) for level in (0.95, 0.5))
        assert ((wide.low > 0) == (better > 0.975)).all()
        assert ((wide.high < 0) == (better < 0.025)).all()
        assert ((wide.low <= narrow.low) & (narrow.high <= wide.high)).all()
        assert_allclose(beta_probability_within(*posterior, 0, np.inf, scale), better, atol=1e-8)


def test_a_billion_units_lose_no_digits() -> None:
    counts = (20_030_001.0, 979_970_001.0, 20_000_001.0, 980_000_001.0)
    error = np.sqrt(sum(a * b / (a + b) ** 3 for a, b in (counts[:2], counts[2:])))
    found = beta_contrast_interval(*counts)
    assert_allclose([found.low, found.high], 3e-5 + np.array([-1, 1]) * 1.959964 * error, rtol=1e-4)


def test_a_normal_posterior_inside_a_region() -> None:
    """R: pnorm(1.5) − pnorm(−0.5); diff(pnorm(c(8, 9))) in the upper tail."""
    assert_allclose(normal_probability_within(0.5, 1, 0, 2), 0.6246553, rtol=1e-6)
    assert_allclose(normal_probability_within(0, 1, 8, 9), 6.2197e-16, rtol=1e-4)
    assert_allclose(normal_probability_within([1, 3], 0, 0, 2), [1, 0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: beta_contrast_interval(0, 1, 1, 1), "alpha_t must be above 0"),
        (lambda: beta_contrast_interval(1, 1, 1, 1, scale="odds"), "scale must be one of difference"),
        (lambda: beta_contrast_interval(1, 1, 1, 1, 1.0), "confidence must lie in"),
        (lambda: beta_probability_within(1, 1, 1, 1, np.nan, 1), "low must not be missing"),
        (lambda: beta_probability_within(1, 1, 1, 1, 0.2, 0.1), "low must not be above high"),
        (lambda: normal_probability_within(0, -1, 0, 1), "se must be at least 0"),
        (lambda: normal_probability_within(0, 1, 1, 0), "low must not be above high"),
    ],
)
def test_what_cannot_be_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
