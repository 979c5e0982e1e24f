"""Does the effect of a variant differ between segments? Tables of variants × segments, in batches.

Arrays have shape (cells, variants, segments); rows and columns may be padded with n = 0. The first variant
and the first segment are the references of the coefficients. The scale is part of the question: log odds for
conversions, differences for means; an effect that is constant on one scale is not on the other.

A table that leaves no degree of freedom (one segment, one variant, empty) has statistic 0, df 0 and p = 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from microlift.stats.checks import FloatArray, check_counts, two_sided_quantile
from microlift.stats.means import check_moments, contrast_test, variance_of_mean
from microlift.stats.omnibus import SPARSE_BELOW, borrowed_variances, chi_squared_p, welch_james

MAX_STEPS = (
    60  # a fit whose optimum lies at infinity gains one unit of log odds a step; the others need about 6
)
DECREMENT = 1e-11  # squared Newton decrement: about how much the deviance can still fall
SINGULAR = 1e-10  # relative eigenvalue of an information matrix that counts as 0


@dataclass(frozen=True)
class Interaction:
    """A test of no interaction (cells,) and its coefficients (cells, variants − 1, segments − 1).

    `statistic` is χ² with `df` degrees of freedom where `df_residual` is inf, else F with (df, df_residual).
    A coefficient is the effect of a variant against the first one, in a segment minus in the first segment.
    Where one of its four table cells has too few units it is NaN, with limits −inf and +inf and p = 1.
    `corrected` marks coefficients that rest on the Haldane–Anscombe correction, `sparse` tables with an
    expected count below 5. `penalised_p_value` is Firth's (NaN for means), finite under any separation.
    """

    statistic: FloatArray
    df: FloatArray
    df_residual: FloatArray
    p_value: FloatArray
    coefficient: FloatArray
    coefficient_low: FloatArray
    coefficient_high: FloatArray
    coefficient_p_value: FloatArray
    corrected: NDArray[np.bool_]
    sparse: NDArray[np.bool_]
    penalised_statistic: FloatArray
    penalised_p_value: FloatArray


def _check_table(shape: tuple[int, ...], name: str) -> None:
    if len(shape) != 3 or 0 in shape[1:]:
        raise ValueError(f"{name} must have shape (cells, variants, segments), got {shape}")


def _corners(table: np.ndarray) -> np.ndarray:
    """The four table cells of each coefficient, on a new last axis, in the order of `SIGNS`."""
    here, variant, segment, reference = table[:, 1:, 1:], table[:, 1:, :1], table[:, :1, 1:], table[:, :1, :1]
    return np.stack(np.broadcast_arrays(here, variant, segment, reference), axis=-1)


SIGNS = np.array([1.0, -1.0, -1.0, 1.0])


def _inverse_information(weight: FloatArray) -> FloatArray:
    """Pseudo-inverse of the information of variant and segment effects, shape (cells, V + S, V + S)."""
    variants, segments = weight.shape[1:]
    information = np.zeros((len(weight), variants + segments, variants + segments))
    rows, columns = np.arange(variants), variants + np.arange(segments)
    information[:, rows, rows] = weight.sum(axis=2)
    information[:, columns, columns] = weight.sum(axis=1)
    information[:, :variants, variants:] = weight
    information[:, variants:, :variants] = weight.transpose(0, 2, 1)
    # With a unit diagonal a thin segment is not mistaken for a missing one.
    diagonal = np.diagonal(information, axis1=1, axis2=2)
    unit = np.where(diagonal > 0, 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0)), 0.0)
    scale = unit[:, :, None] * unit[:, None, :]
    return np.linalg.pinv(information * scale, rcond=SINGULAR, hermitian=True) * scale


def _additive(inverse: FloatArray, score: FloatArray) -> FloatArray:
    """Fitted table of the additive model, from its inverse information and weighted table cells."""
    variants = score.shape[1]
    margins = np.concatenate([score.sum(axis=2), score.sum(axis=1)], axis=1)
    effects = np.einsum("cij,cj->ci", inverse, margins)
    return effects[:, :variants, None] + effects[:, None, variants:]


def _interaction_df(used: NDArray[np.bool_]) -> FloatArray:
    """Non-empty table cells minus the rank of the additive model on them."""
    inverse = _inverse_information(used.astype(np.float64))
    rank = np.linalg.matrix_rank(inverse, hermitian=True, tol=1e-9)
    return (used.sum(axis=(1, 2)) - rank).astype(np.float64)


def _informative(x: FloatArray, n: FloatArray) -> NDArray[np.bool_]:
    """Table cells that can show an interaction.

    Where nobody or everybody of a segment (or a variant) converted, its margin fixes its table cells under
    either model: they are left out, and so are their degrees of freedom, until no such margin is left.
    Source: Bishop, Fienberg & Holland (1975), Discrete Multivariate Analysis, section 3.8.
    """
    used = n > 0
    while True:
        successes, size = np.where(used, x, 0.0), np.where(used, n, 0.0)
        still = used
        for axis in (1, 2):
            total, units = (a.sum(axis=axis, keepdims=True) for a in (successes, size))
            still = still & (total > 0) & (total < units)
        if (still == used).all():
            return used
        used = still


def _deviance(x: FloatArray, n: FloatArray, log_odds: FloatArray) -> FloatArray:
    """Twice the log likelihood that the saturated model has over the given log odds."""
    fitted, missed = n * special.expit(log_odds), n * special.expit(-log_odds)
    return 2 * (special.rel_entr(x, fitted) + special.rel_entr(n - x, missed)).sum(axis=(1, 2))


def _additive_log_odds(x: FloatArray, n: FloatArray) -> FloatArray:
    """Log odds of the additive logistic model at its optimum, by Newton's method with step halving."""
    total = np.maximum(n.sum(axis=(1, 2)), 1)
    pooled = np.clip(x.sum(axis=(1, 2)) / total, 0.5 / total, 1 - 0.5 / total)
    log_odds = np.broadcast_to(special.logit(pooled)[:, None, None], n.shape)
    deviance = _deviance(x, n, log_odds)
    for _ in range(MAX_STEPS):
        p = special.expit(log_odds)
        score = x - n * p
        step = _additive(_inverse_information(n * p * (1 - p)), score)
        going = (score * step).sum(axis=(1, 2)) > DECREMENT
        if not going.any():
            break
        length = np.where(going, 1.0, 0.0)[:, None, None]
        for _ in range(30):
            trial = log_odds + length * step
            candidate = _deviance(x, n, trial)
            worse = np.asarray(candidate > deviance)
            if not worse.any():
                break
            length = np.where(worse[:, None, None], length / 2, length)
        log_odds = np.where(worse[:, None, None], log_odds, trial)
        deviance = np.minimum(candidate, deviance)
    return log_odds


def likelihood_ratio(x: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """χ² of the interaction by likelihood ratio and by score, (cells,), and whether the table is sparse."""
    log_odds = _additive_log_odds(x, n)
    deviance = np.maximum(_deviance(x, n, log_odds), 0.0)
    p = special.expit(log_odds)
    variance = n * p * (1 - p)
    varies = variance > SINGULAR
    score = np.where(varies, (x - n * p) ** 2 / np.where(varies, variance, 1.0), 0.0).sum(axis=(1, 2))
    sparse = np.asarray(((np.minimum(n * p, n * (1 - p)) < SPARSE_BELOW) & (n > 0)).any(axis=(1, 2)))
    return deviance, score, sparse


def penalised_likelihood_ratio(x: FloatArray, n: FloatArray) -> FloatArray:
    """χ² of the interaction by Firth's penalised likelihood ratio, (cells,): finite under any separation.

    The penalty is Jeffreys' prior of the saturated model, which for a table is half a success and half a
    failure in every cell; so it is the deviance of the additive model on the table with those added.

    Source: Firth (1993), Biometrika 80:27–38; Heinze & Schemper (2002), Stat. Med. 21:2409–2419, whose test
    holds the tested coefficients at 0 under the penalty of the full model.
    """
    used = n > 0
    successes, size = np.where(used, x + 0.5, 0.0), np.where(used, n + 1.0, 0.0)
    return np.maximum(_deviance(successes, size, _additive_log_odds(successes, size)), 0.0)


def conversion_interaction(successes: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Interaction:
    """Likelihood-ratio test of the variant × segment interaction of a logistic model, with coefficients.

    The saturated model against variant + segment; df counts the table cells with units that can show an
    interaction. Thin segments make the likelihood ratio liberal (8–10% for a nominal 5% at one or two
    expected conversions a cell) and, in very uneven tables, the score test (Pearson's χ² at the additive fit)
    liberal far in the tail. So `sparse` tables take the smaller of the two statistics, the others the
    likelihood ratio. `docs/calibration/interactions.csv` has the size of each, and of Firth's penalised test.

    Coefficients are differences of log odds ratios with Wald intervals; if one of the four table
    cells has no success or no failure, ½ is added to successes and failures of all four (`corrected`).

    Raises ValueError as `check_counts` does, or for another number of axes.

    Source: McCullagh & Nelder (1989), Generalized Linear Models, 2nd ed., section 4.4; Haldane (1956), Ann.
    Hum. Genet. 20:309–311; Anscombe (1956), Biometrika 43:461–464.
    """
    x, size = check_counts(successes, n)
    _check_table(x.shape, "successes")
    used = _informative(x, size)
    df = _interaction_df(used)
    successes, units = np.where(used, x, 0.0), np.where(used, size, 0.0)
    deviance, score, sparse = likelihood_ratio(successes, units)
    statistic = np.where(df > 0, np.where(sparse, np.minimum(deviance, score), deviance), 0.0)
    penalised = np.where(df > 0, penalised_likelihood_ratio(successes, units), 0.0)

    wins, units = _corners(x), _corners(size)
    losses = units - wins
    defined = np.asarray((units > 0).all(axis=-1))
    corrected = defined & ((wins == 0) | (losses == 0)).any(axis=-1)
    add = np.where(corrected, 0.5, 0.0)[..., None]
    wins, losses = (np.where(defined[..., None], side + add, 1.0) for side in (wins, losses))
    coefficient = ((np.log(wins) - np.log(losses)) * SIGNS).sum(axis=-1)
    error = np.sqrt((1 / wins + 1 / losses).sum(axis=-1))
    reach = np.where(defined, two_sided_quantile(confidence) * error, np.inf)
    return Interaction(
        statistic=statistic,
        df=df,
        df_residual=np.full(df.shape, np.inf),
        p_value=chi_squared_p(statistic, df),
        coefficient=np.where(defined, coefficient, np.nan),
        coefficient_low=coefficient - reach,
        coefficient_high=coefficient + reach,
        coefficient_p_value=np.where(defined, 2 * special.ndtr(-np.abs(coefficient) / error), 1.0),
        corrected=corrected,
        sparse=sparse,
        penalised_statistic=penalised,
        penalised_p_value=chi_squared_p(penalised, df),
    )


def mean_interaction(n: ArrayLike, mean: ArrayLike, m2: ArrayLike, confidence: float = 0.95) -> Interaction:
    """Heterogeneity of differences in means across segments, with difference-of-differences coefficients.

    The inverse-variance weighted residual sum of squares of the additive model (for two variants Cochran's Q
    of the segments' differences) as a Welch–James F, which allows for the variances being estimated. Table
    cells with fewer than two units are left out; one without spread borrows the variance pooled over its
    table. Coefficients have Welch–Satterthwaite intervals, and limits −inf and +inf where none of their four
    table cells has spread.

    Raises ValueError as `microlift.stats.means.check_moments` does, or for another number of axes.

    Source: Cochran (1954), Biometrics 10:101–129; Johansen (1980), Biometrika 67:85–92.
    """
    size, centre, square = check_moments(n, mean, m2)
    _check_table(size.shape, "n")
    flat = (len(size), size.shape[1] * size.shape[2])
    variance = borrowed_variances(size.reshape(flat), square.reshape(flat)).reshape(size.shape)
    used = variance > 0
    weight = np.where(used, 1 / np.where(used, variance, 1.0), 0.0)
    # Around the table's mean, so that a large mean loses no digits.
    total = np.where(used.any(axis=(1, 2)), weight.sum(axis=(1, 2)), 1.0)
    around = centre - ((weight * centre).sum(axis=(1, 2)) / total)[:, None, None]
    inverse = _inverse_information(weight)
    gap = np.where(used, around - _additive(inverse, weight * around), 0.0)
    variants = size.shape[1]
    diagonal = np.diagonal(inverse, axis1=1, axis2=2)
    spread = (
        diagonal[:, :variants, None] + diagonal[:, None, variants:] + 2 * inverse[:, :variants, variants:]
    )
    residual = np.where(used, np.clip(1 - weight * spread, 0, 1), 0.0)
    df = _interaction_df(used)
    f, f2, p_value = welch_james(
        (weight * gap**2).sum(axis=(1, 2)), df, residual.reshape(flat), (size - 1).reshape(flat)
    )

    units = _corners(size)
    defined = (units >= 2).all(axis=-1)
    coefficient = np.where(defined, (_corners(centre) * SIGNS).sum(axis=-1), np.nan)
    parts = variance_of_mean(units, _corners(square))
    test = contrast_test(coefficient, parts, units - 1, defined, confidence)
    return Interaction(
        statistic=f,
        df=df,
        df_residual=f2,
        p_value=p_value,
        coefficient=coefficient,
        coefficient_low=test.low,
        coefficient_high=test.high,
        coefficient_p_value=test.p_value,
        corrected=np.zeros(coefficient.shape, dtype=bool),
        sparse=np.zeros(df.shape, dtype=bool),
        penalised_statistic=np.full(df.shape, np.nan),
        penalised_p_value=np.full(df.shape, np.nan),
    )
