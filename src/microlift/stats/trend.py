"""Does an effect change with time? A straight line through the effects of ordered strata."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from microlift.stats.checks import FloatArray, as_finite, two_sided_quantile


@dataclass(frozen=True)
class Trend:
    """Slope of the effect, a unit of `place`, with limits and p (cells,); `strata` used.

    With fewer than two different places the slope is NaN, with limits −inf and +inf and p = 1.
    """

    slope: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    strata: FloatArray


def effect_trend(effect: ArrayLike, variance: ArrayLike, place: ArrayLike, confidence: float = 0.95) -> Trend:
    """Weighted least squares of independent effects (cells, strata) on their place, with known variances.

    Strata with a variance of 0 or below are padding. Raises ValueError for values that are not finite, other
    than two axes, or a confidence outside (0, 1).

    Source: DerSimonian & Laird (1986), Control. Clin. Trials 7:177–188 for the weights; the slope is that of
    fixed-effect meta-regression (Thompson & Higgins 2002, Stat. Med. 21:1559–1573).
    """
    named = ((effect, "effect"), (variance, "variance"), (place, "place"))
    gap, spread, x = np.broadcast_arrays(*(as_finite(values, name) for values, name in named))
    if gap.ndim != 2:
        raise ValueError(f"effect must have shape (cells, strata), got {gap.shape}")
    z = two_sided_quantile(confidence)
    used = spread > 0
    weight = np.where(used, 1 / np.where(used, spread, 1.0), 0.0)
    total = weight.sum(axis=1, keepdims=True)
    share = weight / np.where(total > 0, total, 1.0)
    away = np.where(used, x - (share * x).sum(axis=1, keepdims=True), 0.0)
    information = (weight * away**2).sum(axis=1)
    first = np.where(used, x, np.inf).min(axis=1, initial=np.inf)
    last = np.where(used, x, -np.inf).max(axis=1, initial=-np.inf)
    known = last > first
    information = np.where(known, information, 1.0)
    slope = np.where(known, (weight * away * gap).sum(axis=1) / information, np.nan)
    error = 1 / np.sqrt(information)
    reach = np.where(known, z * error, np.inf)
    centre = np.where(known, slope, 0.0)
    p_value = np.where(known, 2 * special.ndtr(-np.abs(centre) / error), 1.0)
    return Trend(slope, centre - reach, centre + reach, p_value, used.sum(axis=1).astype(np.float64))
