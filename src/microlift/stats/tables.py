"""Two-arm counts by cell and stratum, and their Mantel–Haenszel estimates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from microlift.stats.checks import FloatArray, check_counts


@dataclass(frozen=True)
class Tables:
    """Counts of the treatment (t) and control (c) arms, each array of shape (cells, strata).

    A stratum in which an arm has no unit compares nothing: it is stored as 0 of 1 in both arms with weight 0,
    so that formulas need no special case. `shape` is the shape in which results are returned, a value a cell.
    """

    x_t: FloatArray
    n_t: FloatArray
    x_c: FloatArray
    n_c: FloatArray
    weight: FloatArray
    shape: tuple[int, ...]

    @property
    def total(self) -> FloatArray:
        """Units of both arms."""
        return self.n_t + self.n_c

    @property
    def successes(self) -> FloatArray:
        """Successes of both arms: the margin on which the conditional methods condition."""
        return self.x_t + self.x_c

    @property
    def comparable(self) -> NDArray[np.bool_]:
        """Cells with at least one stratum in which both arms have units."""
        return np.any(self.weight > 0, axis=1)

    @property
    def arms(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Successes and units of treatment and control as they were given, an absent stratum being 0 of 0."""
        present = self.weight > 0
        return self.x_t, self.n_t * present, self.x_c, self.n_c * present

    def take(self, cells: NDArray[np.intp]) -> "Tables":
        """The tables of some cells, in the order asked for."""
        arrays = (self.x_t, self.n_t, self.x_c, self.n_c, self.weight)
        x_t, n_t, x_c, n_c, weight = (array.take(cells, axis=0) for array in arrays)
        return Tables(x_t, n_t, x_c, n_c, weight, cells.shape)

    def standardise(self, rate: FloatArray) -> FloatArray:
        """Mean of a rate over the strata by Mantel–Haenszel weights; NaN where no stratum can be compared."""
        with np.errstate(invalid="ignore"):
            return (self.weight * rate).sum(axis=1) / self.weight.sum(axis=1)


def as_tables(successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike) -> Tables:
    """Check the counts of both arms and lay them out as `Tables`.

    Each argument is a scalar, (cells,) or (cells, strata), broadcast together; a stratum that is absent from
    a cell is padded with n = 0. The weight of a stratum is n_t·n_c/(n_t + n_c) (Mantel & Haenszel 1959, JNCI
    22:719–748).

    Raises ValueError where counts are not whole, negative, infinite, above n, or of shapes that do not
    broadcast.
    """
    x_t, size_t = check_counts(successes_t, n_t, "successes_t", "n_t")
    x_c, size_c = check_counts(successes_c, n_c, "successes_c", "n_c")
    try:
        counts = np.broadcast_arrays(x_t, size_t, x_c, size_c)
    except ValueError as error:
        raise ValueError(
            f"counts of both arms must have shapes that broadcast together, got {x_t.shape} and {x_c.shape}"
        ) from error
    shape = counts[0].shape
    if len(shape) > 2:
        raise ValueError(f"counts must have at most 2 dimensions (cells, strata), got shape {shape}")
    cells = shape[0] if shape else 1
    x_t, size_t, x_c, size_c = (array.reshape(cells, shape[1] if len(shape) == 2 else 1) for array in counts)
    present = (size_t > 0) & (size_c > 0)
    x_t, x_c = np.where(present, x_t, 0.0), np.where(present, x_c, 0.0)
    size_t, size_c = np.where(present, size_t, 1.0), np.where(present, size_c, 1.0)
    # As n_t·(n_c/N): the product of two large counts need not be exact.
    weight = np.where(present, size_t * (size_c / (size_t + size_c)), 0.0)
    return Tables(x_t, size_t, x_c, size_c, weight, shape[:1])


def standardised_rates(tables: Tables) -> tuple[FloatArray, FloatArray]:
    """Conversion rates of treatment and control, each (cells,), by Mantel–Haenszel weights over the strata.

    Without strata they are the plain rates. NaN where no stratum has units in both arms.
    """
    return tables.standardise(tables.x_t / tables.n_t), tables.standardise(tables.x_c / tables.n_c)


def mantel_haenszel_odds_ratio(tables: Tables) -> FloatArray:
    """Common odds ratio, shape (cells,): Σ x_t·f_c/N over Σ x_c·f_t/N, where f counts failures.

    Infinite where only the denominator is 0; NaN where both are (0/0: the data say nothing of the ratio).

    Source: Mantel & Haenszel (1959), JNCI 22:719–748. Without strata it is the cross-product ratio.
    """
    favourable = (tables.x_t * (tables.n_c - tables.x_c) / tables.total).sum(axis=1)
    adverse = (tables.x_c * (tables.n_t - tables.x_t) / tables.total).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return favourable / adverse
