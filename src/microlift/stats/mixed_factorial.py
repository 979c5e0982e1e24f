"""Full factorial experiments whose factors have two levels or more.

Variants stand in the order of the product of the levels, the last factor changing fastest. The first level of each
factor is its reference. A contrast of a main effect is mean(level) − mean(reference), averaged over the other factors;
one of an interaction is a difference of differences (a 2 × 2 one is twice that of `factorial`), and so on.
"""

from dataclasses import dataclass
from functools import reduce
from itertools import combinations, product
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike

from microlift.stats.checks import FloatArray, as_finite
from microlift.stats.means import check_moments
from microlift.stats.omnibus import borrowed_variances, welch_james


@dataclass(frozen=True)
class Effect:
    """A main effect or interaction: the places of its factors, the levels that each contrast favours (contrasts,
    factors of the effect), and the contrasts (contrasts, variants)."""

    factors: tuple[int, ...]
    levels: tuple[tuple[int, ...], ...]
    contrast: FloatArray


@dataclass(frozen=True)
class EffectTest:
    """F of an effect as a whole (cells,), with its two degrees of freedom and p; p is 1 where it cannot be tested."""

    statistic: FloatArray
    df: FloatArray
    df_residual: FloatArray
    p_value: FloatArray


def _kronecker(left: FloatArray, right: FloatArray) -> FloatArray:
    return np.kron(left, right).astype(np.float64)


def level_effects(levels: tuple[int, ...]) -> list[Effect]:
    """All main effects and interactions of a full design with so many levels a factor, main effects first.

    Raises ValueError unless every factor has two levels or more.
    """
    if not levels or not all(isinstance(count, Integral) and count >= 2 for count in levels):
        raise ValueError(f"levels must be whole numbers of at least 2, one a factor, got {levels!r}")
    effects = []
    for order in range(1, len(levels) + 1):
        for subset in combinations(range(len(levels)), order):
            parts = [
                np.hstack([-np.ones((count - 1, 1)), np.eye(count - 1)])
                if factor in subset
                else np.full((1, count), 1 / count)
                for factor, count in enumerate(levels)
            ]
            favoured = tuple(product(*(range(1, levels[factor]) for factor in subset)))
            effects.append(Effect(subset, favoured, reduce(_kronecker, parts)))
    return effects


def effect_test(n: ArrayLike, mean: ArrayLike, m2: ArrayLike, contrast: ArrayLike) -> EffectTest:
    """Test that all contrasts (contrasts, variants) of an effect are 0; moments of shape (cells, variants).

    A Welch–James F with unequal variances; a variant without spread borrows the pooled variance. A cell in which
    a variant has fewer than two units, or none has any spread, has F = 0, df 0 and p = 1. Raises ValueError as
    `microlift.stats.means.check_moments` does.

    Source: Johansen (1980), Biometrika 67:85–92; for factorial designs Keselman, Carriere & Lix (1993), J. Educ.
    Stat. 18:305–319.
    """
    size, centre, square = check_moments(n, mean, m2)
    weights = as_finite(contrast, "contrast")
    variance = borrowed_variances(size, square)
    known = np.asarray(np.all(variance > 0, axis=1))
    variance = np.where(known[:, None], variance, 1.0)
    # In units of the mean variance, so that the scale of the metric does not matter.
    scale = variance.mean(axis=1, keepdims=True)
    spread = np.einsum("ev,cv,fv->cef", weights, variance / scale, weights)
    effect = (centre - centre.mean(axis=1, keepdims=True)) @ weights.T / np.sqrt(scale)
    inverse = np.linalg.inv(spread)
    statistic = np.einsum("ce,cef,cf->c", effect, inverse, effect)
    leverage = np.einsum("cv,ev,cef,fv->cv", variance / scale, weights, inverse, weights)
    df = np.where(known, float(len(weights)), 0.0)
    f, f2, p_value = welch_james(np.where(known, statistic, 0.0), df, leverage, size - 1)
    return EffectTest(f, df, f2, p_value)
