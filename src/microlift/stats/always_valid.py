"""Intervals and p-values that hold at every look at once, however many looks there are and whenever one stops.

Each rests on a mixture of likelihoods, whose ratio to the likelihood of the truth is a martingale: it exceeds
1/α at some time with a probability of at most α (Ville). Robbins (1970), Annals of Mathematical Statistics
41:1397–1409; for means with estimated variance, asymptotically, Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas
(2021), arXiv 2103.06476. Two conversion rates: `odds_sequence.py`.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from microlift.stats.checks import FloatArray, as_finite, check_alpha, check_counts, check_positive
from microlift.stats.interval import Interval


def proportion_sequence(
    successes: ArrayLike,
    n: ArrayLike,
    confidence: float = 0.95,
    prior_alpha: float = 0.5,
    prior_beta: float = 0.5,
) -> Interval:
    """Confidence sequence of one proportion by the beta-binomial mixture: exact at any size and any rate.

    The limits are those rates p at which ∫ L(q) dBeta(q) / L(p) reaches 1 / (1 − confidence). Arrays
    broadcast together. (0, 1) where n = 0.
    """
    alpha = check_alpha(1 - check_alpha(confidence))
    x, size = check_counts(successes, n)
    a, b = check_positive(prior_alpha, "prior_alpha"), check_positive(prior_beta, "prior_beta")
    level = special.betaln(a + x, b + size - x) - special.betaln(a, b) + np.log(alpha)
    rate = np.divide(x, size, out=np.full(x.shape, 0.5), where=size > 0)

    def inside(p: FloatArray) -> FloatArray:
        return special.xlogy(x, p) + special.xlog1py(size - x, -p) > level

    limits = []
    for end in (0.0, 1.0):
        outer, inner = np.full(x.shape, end), rate.copy()
        for _ in range(60):
            middle = (outer + inner) / 2
            good = inside(middle)
            outer, inner = np.where(good, outer, middle), np.where(good, middle, inner)
        limits.append(np.where(inside(np.full(x.shape, end)), end, outer))
    return Interval(*limits)


def mixture_weight(planned: float, alpha: float, two_sided: bool = True) -> float:
    """The mixture's precision per unit of information that makes the boundary least far at `planned`.

    Waudby-Smith et al. (2021), equation 24; `planned` is on the same scale as the information of the looks.
    One-sided boundaries take 2α.
    """
    level = check_alpha(alpha) if two_sided else min(2 * check_alpha(alpha), 0.999)
    square = -2 * np.log(level)
    return float((square + np.log(square + 1)) / check_positive(planned, "planned"))


def mixture_boundary(
    information: ArrayLike, alpha: float, weight: float, two_sided: bool = True
) -> FloatArray:
    """Distance from no effect, in standard errors, that is crossed at some look with probability α at most.

    `information` is the size of the sample at each look on any scale, `weight` the mixture's (`mixture_weight`
    on that scale), to be fixed before the data are seen. Infinite where there is no information.
    """
    w = _scaled(information, weight)
    level = check_alpha(alpha)
    square = np.log1p(w) - 2 * np.log(level) if two_sided else 2 * np.log1p(np.sqrt(1 + w) / (2 * level))
    return np.sqrt(square * (1 + 1 / w))


def mixture_p_value(
    z: ArrayLike, information: ArrayLike, weight: float, two_sided: bool = True
) -> FloatArray:
    """The α at which |z| (one-sided: z) lies on `mixture_boundary`; 1 where no α below 1 does."""
    w = _scaled(information, weight)
    score = as_finite(z, "z")
    growth = score**2 * w / (1 + w) / 2
    if two_sided:
        return np.minimum(np.exp(np.log1p(w) / 2 - growth), 1.0)
    growth = np.minimum(growth, 700.0)
    p = np.sqrt(1 + w) / (2 * np.maximum(np.expm1(growth), 1e-300))
    return np.where(score > 0, np.minimum(p, 1.0), 1.0)


def _scaled(information: ArrayLike, weight: float) -> FloatArray:
    values = as_finite(information, "information")
    if (values < 0).any():
        raise ValueError(f"information must be at least 0, got {values.min()}")
    return np.maximum(values * check_positive(weight, "weight"), 1e-300)
