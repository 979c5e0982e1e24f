"""Is there any difference between k arms? One test over all of them, no control needed.

Arms lie on the last axis and may be padded with n = 0. With fewer than two arms to compare, or where nothing
varies, the statistic is 0 and p is 1 (df = 0 where there is nothing to compare at all).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from microlift.stats.checks import FloatArray, check_counts
from microlift.stats.means import check_moments

SPARSE_BELOW = 5.0  # Cochran (1954), Biometrics 10:417–451: χ² wants expected counts of 5


@dataclass(frozen=True)
class OmnibusTest:
    """A test of no difference, a value a cell.

    `statistic` is χ² with `df` degrees of freedom where `df_residual` is inf, else F with (df, df_residual).
    `sparse` marks cells with an expected count below 5, where χ² is an approximation to be read with care.
    """

    statistic: FloatArray
    df: FloatArray
    df_residual: FloatArray
    p_value: FloatArray
    sparse: NDArray[np.bool_]


def chi_squared_p(statistic: FloatArray, df: FloatArray) -> FloatArray:
    """Upper tail of χ²; 1 where df = 0."""
    # One degree of freedom, the usual case, has the normal distribution's tails, which are computed much faster.
    p = special.erfc(np.sqrt(np.asarray(statistic) / 2))
    several = np.broadcast_to(df, p.shape) > 1
    p[several] = special.chdtrc(np.broadcast_to(df, p.shape)[several], statistic[several])
    return np.where(df > 0, p, 1.0)


def omnibus_proportions(successes: ArrayLike, n: ArrayLike) -> OmnibusTest:
    """χ² test of equal proportions, counts of shape (cells, arms) or (cells, strata, arms); results (cells,).

    Without strata: Pearson's χ², uncorrected. With a strata axis: the generalised Cochran–Mantel–Haenszel
    test of association; for a single stratum it is Pearson's χ² times (N − 1)/N. Arms and strata without
    units, and strata in which nobody or everybody converted, play no role.

    Raises ValueError as `check_counts` does, or for another number of axes.

    Source: Pearson (1900), Phil. Mag. 50:157–175; Landis, Heyman & Koch (1978), Int. Stat. Rev. 46:237–254
    (general association); Agresti (2013), Categorical Data Analysis, 3rd ed., section 8.4.3.
    """
    x, size = check_counts(successes, n)
    if x.ndim == 2:
        return _pearson(x, size)
    if x.ndim == 3:
        return _cochran_mantel_haenszel(x, size)
    raise ValueError(f"successes must have shape (cells, arms) or (cells, strata, arms), got {x.shape}")


def _pooled(x: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Units and pooled proportion over the last axis, which is kept with length 1."""
    total = size.sum(axis=-1, keepdims=True)
    return total, x.sum(axis=-1, keepdims=True) / np.maximum(total, 1)


def _sparse(successes_expected: FloatArray, size: FloatArray) -> NDArray[np.bool_]:
    expected = np.minimum(successes_expected, size - successes_expected)
    return np.asarray(((expected < SPARSE_BELOW) & (size > 0)).any(axis=-1))


def _pearson(x: FloatArray, size: FloatArray) -> OmnibusTest:
    _, pooled = _pooled(x, size)
    variance = size * pooled * (1 - pooled)
    varies = variance > 0
    cells = np.where(varies, (x - size * pooled) ** 2 / np.where(varies, variance, 1.0), 0.0)
    statistic = cells.sum(axis=-1)
    df = np.maximum((size > 0).sum(axis=-1) - 1.0, 0.0)
    p_value = chi_squared_p(statistic, df)
    return OmnibusTest(statistic, df, np.full(df.shape, np.inf), p_value, _sparse(size * pooled, size))


def _cochran_mantel_haenszel(x: FloatArray, size: FloatArray) -> OmnibusTest:
    total, pooled = _pooled(x, size)
    excess = (x - size * pooled).sum(axis=-2)
    # Multivariate hypergeometric covariance of the arms' successes, given the margins of each stratum.
    scale = np.where(total > 1, pooled * (1 - pooled) / np.maximum(total - 1, 1), 0.0)
    diagonal = (scale * total * size).sum(axis=-2)
    covariance = diagonal[..., None] * np.eye(x.shape[-1]) - np.einsum("csa,csb->cab", scale * size, size)
    # In units of the arms' standard deviations, so that the rank does not depend on how unequal the arms are.
    unit = np.where(diagonal > 0, 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0)), 0.0)
    correlation = covariance * unit[..., None] * unit[..., None, :]
    inverse = np.linalg.pinv(correlation, rcond=1e-10, hermitian=True)
    df = np.linalg.matrix_rank(correlation, tol=1e-10, hermitian=True).astype(np.float64)
    standard = excess * unit
    statistic = np.maximum(np.einsum("ca,cab,cb->c", standard, inverse, standard), 0.0)
    sparse = _sparse((size * pooled).sum(axis=-2), size.sum(axis=-2))
    return OmnibusTest(statistic, df, np.full(df.shape, np.inf), chi_squared_p(statistic, df), sparse)


def welch_james(
    statistic: FloatArray, df: FloatArray, residual: FloatArray, part_df: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """F, its denominator df and p of a weighted residual sum of squares of independent means.

    The means have weights 1/variance with estimated variances; `residual` (…, means) is the diagonal of the
    residual projection 1 − leverage, `part_df` (…, means) the df of each variance, `df` the residual df.
    One-way, it is Welch's ANOVA. df = 0 gives F = 0 and p = 1.

    Source: Johansen (1980), Biometrika 67:85–92.
    """
    tested = df > 0
    f1 = np.where(tested, df, 1.0)
    penalty = (residual**2 / np.maximum(part_df, 1)).sum(axis=-1)
    tested = tested & (penalty > 0)
    f2 = np.where(tested, f1 * (f1 + 2) / (3 * np.where(tested, penalty, 1.0)), np.inf)
    f = np.where(tested, statistic / (f1 + 2 * penalty - 6 * penalty / (f1 + 2)), 0.0)
    p_value = np.where(tested, special.fdtrc(f1, np.where(tested, f2, 1.0), f), 1.0)
    return f, f2, p_value


def borrowed_variances(n: FloatArray, m2: FloatArray) -> FloatArray:
    """Squared standard errors over the last axis; 0 where n < 2, or where no mean of the cell has any spread.

    A mean without spread borrows the variance pooled over its cell: its own estimate, 0, would outweigh all
    others.
    """
    usable = n >= 2
    square = np.where(usable, m2, 0.0)
    freedom = np.where(usable, n - 1, 0.0)
    pooled = square.sum(axis=-1, keepdims=True) / np.maximum(freedom.sum(axis=-1, keepdims=True), 1)
    variance = np.where(square > 0, square / np.maximum(freedom, 1), pooled)
    return np.where(usable, variance / np.maximum(n, 1), 0.0)


def omnibus_means(n: ArrayLike, mean: ArrayLike, m2: ArrayLike) -> OmnibusTest:
    """Welch's ANOVA of k means with unequal variances, shape (cells, arms); results (cells,).

    Arms with fewer than two units are left out. An arm without spread borrows the pooled variance of the cell
    (for two arms, both with spread, p is that of Welch's t test).

    Raises ValueError as `microlift.stats.means.check_moments` does, or for another number of axes.

    Source: Welch (1951), Biometrika 38:330–336.
    """
    size, centre, square = check_moments(n, mean, m2)
    if size.ndim != 2:
        raise ValueError(f"n must have shape (cells, arms), got {size.shape}")
    variance = borrowed_variances(size, square)
    used = variance > 0
    weight = np.where(used, 1 / np.where(used, variance, 1.0), 0.0)
    share = weight / np.maximum(weight.sum(axis=-1, keepdims=True), np.finfo(np.float64).tiny)
    grand = (share * centre).sum(axis=-1, keepdims=True)
    statistic = (weight * (centre - grand) ** 2).sum(axis=-1)
    df = np.maximum(used.sum(axis=-1) - 1.0, 0.0)
    f, f2, p_value = welch_james(statistic, df, np.where(used, 1 - share, 0.0), size - 1)
    return OmnibusTest(f, df, f2, p_value, np.zeros(df.shape, dtype=bool))
