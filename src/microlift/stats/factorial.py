"""Main effects and interactions of a full 2^k factorial experiment.

An effect is a contrast Σ c_i y_i over the 2^k variants: c_i is the product of the ±1 levels of the factors in
the effect, over 2^(k − 1) (Box, Hunter & Hunter 2005, Statistics for Experimenters, 2nd ed., chapter 5). So a
main effect is mean(high) − mean(low); a two-factor interaction is half the difference of differences,
averaged over the other factors; each further factor halves again. Every effect of proportions lies in [−1,
1].
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from microlift.stats.checks import FloatArray, as_finite, check_counts, two_sided_quantile
from microlift.stats.means import check_moments, contrast_test, variance_of_mean

LARGEST_Z = 39.0  # beyond it a two-sided normal p-value is 0 in double precision
BISECTIONS = 48


@dataclass(frozen=True)
class ContrastEstimates:
    """Estimates of contrasts (cells, effects), their limits, p and degrees of freedom."""

    effect: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    df: FloatArray


@dataclass(frozen=True)
class FactorialEffects:
    """Effects (cells, 2^k − 1), main effects first; `factors` names each by the columns it multiplies."""

    factors: tuple[tuple[int, ...], ...]
    effect: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    df: FloatArray


def contrasts(factors: ArrayLike) -> tuple[tuple[tuple[int, ...], ...], FloatArray]:
    """The effects of a ±1 factor matrix (2^k, k) and their contrasts (2^k − 1, 2^k), by order of interaction.

    Raises ValueError unless the rows are the 2^k different combinations of −1 and 1, in any order.
    """
    levels = as_finite(factors, "factors")
    if levels.ndim != 2 or levels.shape[1] < 1 or len(levels) != 2 ** levels.shape[1]:
        raise ValueError(f"factors must have shape (2^k, k) with k of at least 1, got {levels.shape}")
    if (np.abs(levels) != 1).any():
        raise ValueError(f"factors must be −1 or 1, got {levels[np.abs(levels) != 1][0]}")
    if len(np.unique(levels, axis=0)) != len(levels):
        raise ValueError("factors must have every combination of levels once, got a repeated row")
    k = levels.shape[1]
    names = tuple(subset for order in range(1, k + 1) for subset in combinations(range(k), order))
    signs = np.stack([levels[:, list(subset)].prod(axis=1) for subset in names])
    return names, signs / 2 ** (k - 1)


def _check_variants(shape: tuple[int, ...], variants: int, name: str) -> None:
    if len(shape) != 2 or shape[1] != variants:
        raise ValueError(
            f"{name} must have shape (cells, {variants}), one column a row of factors, got {shape}"
        )


def _wilson_reach(p: FloatArray, n: FloatArray, z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How far Wilson's limits of quantile z lie below and above p; without units both reach the end."""
    centre = z**2 * (0.5 - p)
    spread = z * np.sqrt(n * p * (1 - p) + z**2 / 4)
    size = np.maximum(n, 1) + z**2
    below, above = np.maximum(spread - centre, 0) / size, np.maximum(spread + centre, 0) / size
    return np.where(n > 0, below, p), np.where(n > 0, above, 1 - p)


def _mover(
    p: FloatArray, n: FloatArray, contrast: FloatArray, z: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """How far the limits of Σ c p lie below and above it, (cells, effects), for quantiles z of that shape."""
    below, above = _wilson_reach(p[:, None, :], n[:, None, :], z[..., None])
    down = np.where(contrast > 0, below, above) * contrast
    up = np.where(contrast > 0, above, below) * contrast
    return np.sqrt((down**2).sum(axis=-1)), np.sqrt((up**2).sum(axis=-1))


def _probability_if_equal(x: FloatArray, n: FloatArray) -> FloatArray:
    """Probability of the counts of a cell (cells, variants) at one rate for all, the likeliest one, (cells,)."""
    pooled = (x.sum(axis=1) / np.maximum(n.sum(axis=1), 1))[:, None]
    ways = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    log_probability = ways + special.xlogy(x, pooled) + special.xlog1py(n - x, -pooled)
    return np.exp(np.minimum(log_probability.sum(axis=1), 0.0))


def proportion_contrasts(
    successes: ArrayLike, n: ArrayLike, contrast: ArrayLike, confidence: float = 0.95
) -> ContrastEstimates:
    """Σ c p of proportions, counts of shape (cells, variants), contrasts (effects, variants), with MOVER limits.

    p inverts the interval: it is 1 minus the confidence at which a limit meets 0. `df` is inf. Limits hold at
    0 and n successes, and lie within the range of the contrast, Σ |c| / 2 either way. If a variant has no
    units the effects are NaN, with the widest limits and p = 1. At the end of its range a contrast of four
    variants or more has limits that meet 0 at no confidence. So p is never below the probability of the very
    counts if all rates are equal, of which no exact test could take less, and the limits follow.

    Raises ValueError as `check_counts` does, or for another shape.

    Source: Zou & Donner (2008), Stat. Med. 27:1693–1702; for linear contrasts Zou, Huang & Zhang (2009),
    Comput. Stat. Data Anal. 53:1080–1085.
    """
    x, size = check_counts(successes, n)
    weights = as_finite(contrast, "contrast")
    _check_variants(x.shape, weights.shape[-1], "successes")
    p = np.where(size > 0, x / np.maximum(size, 1), 0.5)
    effect = p @ weights.T
    # A contrast that is 0 in counts must not become significant by rounding.
    effect = np.where(np.abs(effect) < 1e-14, 0.0, effect)
    defined = np.broadcast_to((size > 0).all(axis=1, keepdims=True), effect.shape)

    z = np.full(effect.shape, two_sided_quantile(confidence))
    below, above = _mover(p, size, weights, z)

    # The reach towards 0 grows with z: bisection finds where it equals the effect.
    inner, outer = np.zeros(effect.shape), np.full(effect.shape, LARGEST_Z)
    for _ in range(BISECTIONS):
        middle = (inner + outer) / 2
        reach = np.where(effect > 0, *_mover(p, size, weights, middle))
        excludes = reach < np.abs(effect)
        inner, outer = np.where(excludes, middle, inner), np.where(excludes, outer, middle)
    most = np.abs(weights).sum(axis=1) / 2
    least = _probability_if_equal(x, size)[:, None]
    p_value = np.maximum(2 * special.ndtr(-inner), least)
    # Limits that would exclude no effect where p does not.
    open_ = p_value >= 1 - confidence
    low, high = np.maximum(effect - below, -most), np.minimum(effect + above, most)
    return ContrastEstimates(
        effect=np.where(defined, effect, np.nan),
        low=np.where(defined, np.where(open_, np.minimum(low, 0.0), low), -most),
        high=np.where(defined, np.where(open_, np.maximum(high, 0.0), high), most),
        p_value=np.where(defined, p_value, 1.0),
        df=np.full(effect.shape, np.inf),
    )


def mean_contrasts(
    n: ArrayLike, mean: ArrayLike, m2: ArrayLike, contrast: ArrayLike, confidence: float = 0.95
) -> ContrastEstimates:
    """Σ c m of means, sufficient statistics of shape (cells, variants), contrasts (effects, variants).

    If a variant has fewer than two units, or none has any spread, the limits are −inf and +inf, p is 1 and df
    0; the effect is NaN where a variant has no units.

    Raises ValueError as `microlift.stats.means.check_moments` does, or for another shape.

    Source: Welch (1947), Biometrika 34:28–35, with the df of Satterthwaite (1946) for a linear contrast.
    """
    size, centre, square = check_moments(n, mean, m2)
    weights = as_finite(contrast, "contrast")
    _check_variants(size.shape, weights.shape[-1], "n")
    exists = (size > 0).all(axis=1, keepdims=True)
    # Around the grand mean, which no contrast sees, so that a large mean loses no digits.
    effect = np.where(exists, (centre - centre.mean(axis=1, keepdims=True)) @ weights.T, np.nan)
    parts = weights**2 * variance_of_mean(size, square)[:, None, :]
    defined = (size >= 2).all(axis=1, keepdims=True)
    test = contrast_test(
        effect, parts, np.broadcast_to((size - 1)[:, None, :], parts.shape), defined, confidence
    )
    return ContrastEstimates(effect, test.low, test.high, test.p_value, test.df)


def factorial_proportions(
    successes: ArrayLike, n: ArrayLike, factors: ArrayLike, confidence: float = 0.95
) -> FactorialEffects:
    """Effects on a proportion, counts of shape (cells, 2^k): `proportion_contrasts` of a 2^k design.

    k = 1 is method 10 of Newcombe (1998), Stat. Med. 17:873–890. Raises ValueError as that and `contrasts` do.
    """
    names, contrast = contrasts(factors)
    return FactorialEffects(names, *vars(proportion_contrasts(successes, n, contrast, confidence)).values())


def factorial_means(
    n: ArrayLike, mean: ArrayLike, m2: ArrayLike, factors: ArrayLike, confidence: float = 0.95
) -> FactorialEffects:
    """Effects on a mean, sufficient statistics of shape (cells, 2^k): `mean_contrasts` of a 2^k design.

    k = 1 is Welch's test. Raises ValueError as that and `contrasts` do.
    """
    names, contrast = contrasts(factors)
    return FactorialEffects(names, *vars(mean_contrasts(n, mean, m2, contrast, confidence)).values())
