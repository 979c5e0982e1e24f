"""Limits of an interval by inverting a test: where a statistic crosses its critical value."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise

from microlift.stats.checks import FloatArray
from microlift.stats.interval import Interval

# Ratios are searched on the log scale: exp(±200) is beyond any limit that counts below 2⁵³ can give.
LOG_RATIO_BOUND = 200.0

# A decreasing statistic at parameter values of shape (k,), each for the cell of that index; also (k,).
CellFunction = Callable[[FloatArray, NDArray[np.intp]], FloatArray]


def crossing(statistic: CellFunction, target: float, cells: int, bound: float) -> FloatArray:
    """Where a decreasing statistic meets `target` within [−bound, bound], shape (cells,); 0 is no effect.

    The search keeps to the side of 0 on which the statistic at 0 places the crossing, so that a limit
    excludes no effect exactly when the test of no effect rejects, whatever the rounding. A cell whose
    statistic stays on one side of the target gets the bound beyond which it would cross. Limits are good to
    about 1e-11, relatively.

    The root finder is Chandrupatla's (1997), Advances in Engineering Software 28:145–149, all cells at once,
    on the cube root of the parameter: limits are many orders of magnitude closer to no effect than to the
    bounds.
    """
    every = np.arange(cells)
    above = statistic(np.zeros(cells), every) > target
    bracket = (np.where(above, 0.0, -1.0), np.where(above, 1.0, 0.0))

    def gap(root: FloatArray, *args: NDArray[np.intp]) -> FloatArray:
        return statistic(bound * root**3, args[0]) - target

    found = elementwise.find_root(
        gap, bracket, args=(every,), tolerances={"xatol": 1e-15, "xrtol": 3e-12, "fatol": 0.0, "frtol": 0.0}
    )
    if (found.status < -1).any():  # −1 says that the bracket holds no crossing, which is an answer
        raise ArithmeticError("a limit was not found: the statistic is not finite or not continuous")
    return np.where(found.success, bound * found.x**3, np.where(above, bound, -bound))


def ratio_limits(log_low: FloatArray, log_high: FloatArray) -> Interval:
    """Limits of a ratio from those of its log; one at the end of the search is 0 or infinite."""
    return Interval(
        np.where(log_low <= -LOG_RATIO_BOUND, 0.0, np.exp(log_low)),
        np.where(log_high >= LOG_RATIO_BOUND, np.inf, np.exp(log_high)),
    )
