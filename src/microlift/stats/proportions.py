"""Intervals of one proportion: Clopper–Pearson, Wilson, Jeffreys and any beta posterior.

Every function takes `successes` and `n` of any shapes that broadcast together, one value a cell, and returns
an `Interval` of that shape in the unit of a proportion. A ValueError names an argument that is out of range.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from microlift.stats.checks import (
    MOST_UNITS,
    FloatArray,
    check_confidence,
    check_counts,
    check_positive,
    two_sided_quantile,
)
from microlift.stats.interval import Interval


def clopper_pearson(successes: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Interval:
    """Exact interval: at most (1 − confidence)/2 non-coverage in each tail, whatever the true proportion.

    `low` is 0 where there is no success, `high` is 1 where there is no failure; no trial gives (0, 1).

    Source: Clopper & Pearson (1934), Biometrika 26:404–413, by beta quantiles: Beta(x, n − x + 1) below and
    Beta(x + 1, n − x) above. Beta(x + 1, n − x + 1), often printed under this name, is `beta_posterior`.
    """
    x, size = check_counts(successes, n)
    tail = (1 - check_confidence(confidence)) / 2
    failures = size - x
    # A zero shape parameter has no quantile; 1 stands in for it, and the value is then discarded.
    low = special.betaincinv(np.maximum(x, 1), failures + 1, tail)
    high = special.betainccinv(x + 1, np.maximum(failures, 1), tail)
    return Interval(np.where(x == 0, 0.0, low), np.where(failures == 0, 1.0, high))


def wilson(successes: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Interval:
    """Score interval: the proportions that the one-sample score test does not reject. No trial gives (0, 1).

    Source: Wilson (1927), JASA 22:209–212; the roots of (n + z²)p² − (2x + z²)p + x²/n = 0.
    """
    x, size = check_counts(successes, n)
    z = two_sided_quantile(confidence)
    trials = np.maximum(size, 1)

    def larger_root(count: FloatArray) -> FloatArray:
        spread = z * np.sqrt(4 * count * (trials - count) / trials + z**2)
        return (2 * count + z**2 + spread) / (2 * (trials + z**2))

    def smaller_root(count: FloatArray) -> FloatArray:
        # By the product of the roots: a difference would lose the digits of a rare rate.
        return count**2 / (trials * (trials + z**2) * larger_root(count))

    return Interval(np.where(size == 0, 0.0, smaller_root(x)), np.where(x == size, 1.0, larger_root(x)))


def beta_posterior(
    successes: ArrayLike,
    n: ArrayLike,
    prior_alpha: float = 1.0,
    prior_beta: float = 1.0,
    confidence: float = 0.95,
) -> Interval:
    """Equal-tailed credible interval of a proportion with a Beta(prior_alpha, prior_beta) prior.

    No trial gives the interval of the prior itself. Both prior parameters must be finite and above 0.

    Source: the conjugate posterior Beta(prior_alpha + x, prior_beta + n − x), e.g. Gelman et al. (2013),
    Bayesian Data Analysis, 3rd ed., section 2.4.
    """
    x, size = check_counts(successes, n)
    alpha = check_positive(prior_alpha, "prior_alpha", MOST_UNITS) + x
    beta = check_positive(prior_beta, "prior_beta", MOST_UNITS) + (size - x)
    tail = (1 - check_confidence(confidence)) / 2
    return Interval(
        np.asarray(special.betaincinv(alpha, beta, tail), dtype=np.float64),
        np.asarray(special.betainccinv(alpha, beta, tail), dtype=np.float64),
    )


def jeffreys(successes: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Interval:
    """Equal-tailed interval of Jeffreys' prior, Beta(½, ½), reaching 0 at no success and 1 at no failure.

    No trial gives (0, 1).

    Source: Brown, Cai & DasGupta (2001), Statistical Science 16:101–133, with the end rule given there,
    without which coverage near 0 and 1 would fall to nothing.
    """
    x, size = check_counts(successes, n)
    posterior = beta_posterior(x, size, 0.5, 0.5, confidence)
    return Interval(np.where(x == 0, 0.0, posterior.low), np.where(x == size, 1.0, posterior.high))
