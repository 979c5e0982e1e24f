"""The area under the ROC curve: how well a number tells two groups apart, from sums of placements.

The area is the probability that a random member of the first group has the higher value than one of the
second, ties as one half (the Mann–Whitney statistic over the number of pairs).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from microlift.stats.checks import FloatArray, as_finite, check_whole, two_sided_quantile


@dataclass(frozen=True)
class RankComparison:
    """Area under the curve with limits and two-sided p against 1/2, a value a comparison.

    Where the area has no standard error (a group of one, or complete separation), the limits are 0 and 1
    and p is NaN, for callers to write as NULL with that reason.
    """

    area: FloatArray
    area_low: FloatArray
    area_high: FloatArray
    p_value: FloatArray


def compare_ranks(
    first: ArrayLike,
    second: ArrayLike,
    placements: ArrayLike,
    first_squares: ArrayLike,
    second_squares: ArrayLike,
    confidence: float = 0.95,
) -> RankComparison:
    """Compare two groups of `first` and `second` members by their placements; arrays of one shape.

    The placement of a member is twice the number of the other group that lies below it, ties as one:
    `placements` sums those of the first group, `first_squares` and `second_squares` their squares.

    The variance is DeLong, DeLong and Clarke-Pearson's (1988, Biometrics 44, 837–845), the limits are
    symmetric on the logit scale (Pepe 2003, The Statistical Evaluation of Medical Tests, 5.2.3), and p inverts
    them. Raises ValueError for counts that are not whole or below 0, or a confidence outside (0, 1).
    """
    quantile = two_sided_quantile(confidence)
    n, m = check_whole(first, "first"), check_whole(second, "second")
    total = as_finite(placements, "placements")
    squares = as_finite(first_squares, "first_squares"), as_finite(second_squares, "second_squares")
    with np.errstate(all="ignore"):
        area = total / (2 * n * m)
        spread = (squares[0] / (2 * m) ** 2 - n * area**2) / (n * (n - 1))
        spread = spread + (squares[1] / (2 * n) ** 2 - m * (1 - area) ** 2) / (m * (m - 1))
        error = np.sqrt(np.maximum(spread, 0)) / (area * (1 - area))
        known = np.isfinite(error) & (error > 0)
        middle = special.logit(np.where(known, area, 0.5))
        reach = np.where(known, quantile * np.where(known, error, 1), np.inf)
        p = np.where(known, 2 * special.ndtr(-np.abs(middle) / np.where(known, error, 1)), np.nan)
    return RankComparison(area, special.expit(middle - reach), special.expit(middle + reach), p)
