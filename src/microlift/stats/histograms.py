"""Weighted histograms: distinct values of units and how many have each; their quantiles."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from microlift.stats.checks import FloatArray, as_finite, check_confidence, check_open_unit, check_whole


class Histogram(NamedTuple):
    """Distinct values in rising order, and units of each (all at least 1).

    `hidden` is what spread the values do not show where they are means of bins: the sum of squared deviations
    inside the bins. The module functions take what `histogram` returns.
    """

    values: FloatArray
    units: FloatArray
    hidden: float = 0.0

    @property
    def n(self) -> float:
        """Units."""
        return float(self.units.sum())

    @property
    def mean(self) -> float:
        """Mean value; NaN without units."""
        return float(self.values @ self.units / self.n) if len(self.units) else float("nan")

    @property
    def m2(self) -> float:
        """Centred sum of squares."""
        return float(self.units @ (self.values - self.mean) ** 2) + self.hidden if len(self.units) else 0.0


def histogram(values: ArrayLike, units: ArrayLike | None = None, hidden: float = 0.0) -> Histogram:
    """A histogram of values (one unit each, or as many as `units` says); equal values are put together.

    Raises ValueError for values that are not finite, units that are not whole or below 0, shapes that differ
    or a `hidden` below 0.
    """
    value = as_finite(values, "values").ravel()
    count = np.ones(value.shape) if units is None else check_whole(units, "units").ravel()
    if value.shape != count.shape:
        raise ValueError(f"values and units must have one shape, got {value.shape} and {count.shape}")
    if not (np.isfinite(hidden) and hidden >= 0):
        raise ValueError(f"hidden must be finite and at least 0, got {hidden}")
    distinct, place = np.unique(value[count > 0], return_inverse=True)
    together = np.bincount(place, count[count > 0], len(distinct)).astype(np.float64)
    return Histogram(distinct, together, float(hidden))


def quantile_rank(n: float, q: float) -> int:
    """The rank, from 1, of the q quantile among n ordered values: the least that a share q does not exceed."""
    # Rounded first: 0.07 · 100 is 7.000000000000001 in floating point.
    return int(max(np.ceil(np.round(check_open_unit(q, "quantile") * n, 9)), 1))


def value_at_rank(data: Histogram, rank: ArrayLike) -> FloatArray:
    """The values at ranks from 1 to n."""
    place = np.searchsorted(np.cumsum(data.units), np.asarray(rank, dtype=np.float64), side="left")
    return data.values[np.minimum(place, len(data.values) - 1)]


def sample_quantile(data: Histogram, q: float) -> float:
    """The least value that at least a share q of the units do not exceed (inverse of the distribution function).

    NaN without units. Source: Hyndman & Fan (1996), The American Statistician 50:361–365, definition 1.
    """
    rank = quantile_rank(data.n, q)
    return float(value_at_rank(data, rank)) if len(data.units) else float("nan")


def quantile_interval(data: Histogram, q: float, confidence: float = 0.95) -> tuple[float, float]:
    """The exact interval of a quantile between two order statistics, whatever the distribution.

    A tail has at most (1 − confidence)/2. A limit that no order statistic can give (few units, an outer
    quantile) is −inf or +inf. Source: Conover (1999), Practical Nonparametric Statistics, 3.2; Thompson (1936).
    """
    q, tail = check_open_unit(q, "quantile"), (1 - check_confidence(confidence)) / 2
    n = int(data.n)
    if n == 0:
        return -np.inf, np.inf
    low, high = int(stats.binom.ppf(tail, n, q)), int(stats.binom.ppf(1 - tail, n, q)) + 1
    return (
        float(value_at_rank(data, low)) if low >= 1 else -np.inf,
        float(value_at_rank(data, high)) if high <= n else np.inf,
    )
