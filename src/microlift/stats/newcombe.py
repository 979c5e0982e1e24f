"""Newcombe's interval of the difference of two conversion rates, from Wilson's of each."""

import numpy as np
from numpy.typing import ArrayLike

from microlift.stats.checks import check_counts
from microlift.stats.interval import Interval
from microlift.stats.proportions import wilson


def newcombe_difference(
    successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike, confidence: float = 0.95
) -> Interval:
    """Hybrid score interval of p_t − p_c ("square and add"), within [−1, 1]; arrays that broadcast.

    Closed form, with a length above 0 at 0 and n successes; (−1, 1) where an arm is empty. It is the inverse of
    no test: a row that shows it beside a p-value may contradict itself. Raises ValueError as `wilson` does.

    Source: Newcombe (1998), Statistics in Medicine 17:873–890, method 10.
    """
    x_t, size_t = check_counts(successes_t, n_t, "successes_t", "n_t")
    x_c, size_c = check_counts(successes_c, n_c, "successes_c", "n_c")
    t, c = wilson(x_t, size_t, confidence), wilson(x_c, size_c, confidence)
    rate_t, rate_c = x_t / np.maximum(size_t, 1), x_c / np.maximum(size_c, 1)
    gap, empty = rate_t - rate_c, (size_t == 0) | (size_c == 0)
    low = gap - np.hypot(rate_t - t.low, c.high - rate_c)
    high = gap + np.hypot(t.high - rate_t, rate_c - c.low)
    return Interval(np.where(empty, -1.0, low), np.where(empty, 1.0, high))
