"""Conditional distribution of the treatment's successes given all successes, summed over strata.

Given the margins, the treatment's successes of a stratum follow Fisher's noncentral hypergeometric
distribution, whose only parameter is the odds ratio. With a common odds ratio their sum over the strata has
probabilities proportional to c_k·ψᵏ, where c is the convolution of the strata's coefficients (Gart 1970,
Biometrika 57:471–475).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from microlift.stats.checks import FloatArray
from microlift.stats.tables import Tables

# Cells are worked off in batches of about this many coefficients, to bound the memory.
BATCH_COEFFICIENTS = 1_000_000


@dataclass(frozen=True)
class Conditional:
    """Log coefficients of some cells, (cells, width), and the position of the observed sum, (cells,).

    Position 0 is the smallest sum that the margins allow; positions beyond the largest have coefficient 0.
    """

    log_coefficients: FloatArray
    observed: NDArray[np.intp]

    def log_upper_tail(self, log_odds_ratio: FloatArray, cells: NDArray[np.intp]) -> FloatArray:
        """Log probability of a sum of at least the observed one, a value for each of the cells asked for."""
        return self._log_tail(log_odds_ratio, cells, np.greater_equal)

    def log_lower_tail(self, log_odds_ratio: FloatArray, cells: NDArray[np.intp]) -> FloatArray:
        """Log probability of a sum of at most the observed one."""
        return self._log_tail(log_odds_ratio, cells, np.less_equal)

    def _log_tail(self, log_odds_ratio: FloatArray, cells: NDArray[np.intp], side: np.ufunc) -> FloatArray:
        position = np.arange(self.log_coefficients.shape[1])
        mass = self.log_coefficients.take(cells, axis=0)
        mass += log_odds_ratio[:, None] * position
        mass -= mass.max(axis=1, keepdims=True)
        np.exp(mass, out=mass)
        tail = np.vecdot(mass, side(position, self.observed.take(cells)[:, None]).astype(np.float64))
        # A tail too small for a float is taken as the smallest float: far beyond any critical value.
        return np.log(np.maximum(tail / mass.sum(axis=1), np.finfo(float).tiny))


def conditional_batches(tables: Tables) -> Iterator[tuple[NDArray[np.intp], Conditional]]:
    """The conditional distributions of all cells, in batches of similar width: (cells, distributions)."""
    smallest = np.maximum(tables.successes - tables.n_c, 0)
    widths = (np.minimum(tables.successes, tables.n_t) - smallest).astype(np.intp)
    total = widths.sum(axis=1)
    order = np.argsort(total, kind="stable")
    start = 0
    while start < order.size:
        # Up to twice the width of the narrowest, so that padding wastes at most half of the work.
        narrowest = int(total[order[start]])
        similar = int(np.searchsorted(total[order], 2 * narrowest + 1, side="right"))
        stop = min(similar, start + max(1, BATCH_COEFFICIENTS // (2 * narrowest + 2)))
        cells = order[start:stop]
        observed = (tables.x_t - smallest)[cells].sum(axis=1).astype(np.intp)
        yield cells, Conditional(_convolve(tables.take(cells), smallest[cells], widths[cells]), observed)
        start = stop


def _convolve(tables: Tables, smallest: FloatArray, widths: NDArray[np.intp]) -> FloatArray:
    """Log coefficients of the sum over strata, (cells, width)."""
    combined = np.zeros((len(widths), 1))
    for stratum in range(widths.shape[1]):
        part = _log_coefficients(tables, smallest, widths, stratum)
        span = combined.shape[1]
        longer = np.full((len(widths), span + part.shape[1] - 1), -np.inf)
        for position in range(part.shape[1]):
            window = longer[:, position : position + span]
            np.logaddexp(window, combined + part[:, position, None], out=window)
        combined = longer[:, : int(widths[:, : stratum + 1].sum(axis=1).max()) + 1]
    return combined


def _log_coefficients(
    tables: Tables, smallest: FloatArray, widths: NDArray[np.intp], stratum: int
) -> FloatArray:
    """Log of C(n_t, k)·C(n_c, m − k) relative to the first k, by the ratios of neighbours.

    A sum of log ratios keeps its digits where the difference of log factorials of large n would lose them.
    """
    n_t, n_c, m = (array[:, stratum, None] for array in (tables.n_t, tables.n_c, tables.successes))
    width = widths[:, stratum, None]
    step = np.arange(int(width.max()))
    k = smallest[:, stratum, None] + step
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log((n_t - k) / (k + 1) * (m - k) / (n_c - m + k + 1))
    ratio = np.where(step < width, ratio, -np.inf)
    return np.concatenate([np.zeros((len(widths), 1)), np.cumsum(ratio, axis=1)], axis=1)
