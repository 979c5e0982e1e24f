"""Limits of an interval by inverting a test: where a statistic crosses its critical value."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise

from microlift.stats.checks import FloatArray
from microlift.stats.interval import Interval

# Ratios are searched on the log scale: exp(±200) is beyond any limit that counts below 2⁵³ can give.
LOG_RATIO_BOUND = 200.0
SECANT_STEPS = 9

# A decreasing statistic at parameter values of shape (k,), each for the cell of that index; also (k,).
CellFunction = Callable[[FloatArray, NDArray[np.intp]], FloatArray]


def crossing(
    statistic: CellFunction,
    target: float,
    cells: int,
    bound: float,
    near: tuple[FloatArray, FloatArray] | None = None,
) -> FloatArray:
    """Where a decreasing statistic meets `target` within [−bound, bound], shape (cells,); 0 is no effect.

    The search keeps to the side of 0 on which the statistic at 0 places the crossing, so that a limit
    excludes no effect exactly when the test of no effect rejects, whatever the rounding. A cell whose
    statistic stays on one side of the target gets the bound beyond which it would cross. Limits are good to
    about 1e-10, relatively.

    The root finder is Chandrupatla's (1997), Advances in Engineering Software 28:145–149, all cells at once,
    on the cube root of the parameter: limits are many orders of magnitude closer to no effect than to the
    bounds. `near` spares most cells that search: where the statistic is about 0, and about where it meets the
    target.
    """
    above = statistic(np.zeros(cells), np.arange(cells)) > target
    limit = np.full(cells, np.nan) if near is None else _secant(statistic, target, bound, *near)
    known = (np.abs(limit) < bound) & np.where(above, limit > 0, limit < 0)
    every = np.flatnonzero(~known)
    if not every.size:
        return limit
    above = above[every]
    bracket = (np.where(above, 0.0, -1.0), np.where(above, 1.0, 0.0))

    def gap(root: FloatArray, *args: NDArray[np.intp]) -> FloatArray:
        return statistic(bound * root**3, args[0]) - target

    found = elementwise.find_root(
        gap, bracket, args=(every,), tolerances={"xatol": 1e-15, "xrtol": 3e-12, "fatol": 0.0, "frtol": 0.0}
    )
    if (found.status < -1).any():  # −1 says that the bracket holds no crossing, which is an answer
        raise ArithmeticError("a limit was not found: the statistic is not finite or not continuous")
    limit[every] = np.where(found.success, bound * found.x**3, np.where(above, bound, -bound))
    return limit


def _secant(
    statistic: CellFunction, target: float, bound: float, before: FloatArray, start: FloatArray
) -> FloatArray:
    """Where a nearly straight statistic meets its target, (cells,), NaN where that is not found soon.

    A step of the secant method is about the product of the two before it, times a constant that the last
    steps tell: it ends where the next step would be below 1e-12 of the parameter.
    """
    limit = np.full(start.shape, np.nan)
    cells = np.flatnonzero(np.isfinite(before) & (np.abs(start) < bound) & (before != start))
    before, now = before[cells], start[cells]
    f_before, last = np.full(cells.size, -target), np.zeros(cells.size)
    leap = 3 * np.abs(now - before)  # a step of that size has lost its way
    for _ in range(SECANT_STEPS):
        f = statistic(now, cells) - target
        slope = f - f_before
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = np.where(f == 0, 0.0, -f * (now - before) / slope)
            done = (step == 0) | (step * step < 1e-12 * np.abs(last * (now + step)))
        done &= (np.abs(step) < 1e-4 * np.abs(now + step)) & (np.abs(f) < 1e-3)
        limit[cells[done]] = (now + step)[done]
        going = ~done & (np.abs(step) < leap) & (np.abs(now + step) < bound)
        if not going.any():
            break
        last, leap = (now - before)[going], leap[going]
        cells, before, f_before, now = cells[going], now[going], f[going], (now + step)[going]
    return limit


def ratio_limits(log_low: FloatArray, log_high: FloatArray) -> Interval:
    """Limits of a ratio from those of its log; one at the end of the search is 0 or infinite."""
    return Interval(
        np.where(log_low <= -LOG_RATIO_BOUND, 0.0, np.exp(log_low)),
        np.where(log_high >= LOG_RATIO_BOUND, np.inf, np.exp(log_high)),
    )
