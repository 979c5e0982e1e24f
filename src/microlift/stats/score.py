"""Score test and score intervals of two conversion rates, with or without strata.

`successes_t`, `n_t`, `successes_c`, `n_c` are scalars, (cells,) or (cells, strata) and broadcast together; an
absent stratum is padded with n = 0, and one without units in both arms contributes nothing. Results have a
value a cell. A ValueError names counts that are not whole, not within [0, n], or a confidence outside (0, 1).
With `skewness` the statistic is corrected for the skewness of its contrast (see `_normal_score`): rare
conversions in unequal arms have one long tail, which a normal quantile meets too seldom and too often.

On each scale the statistic is Σ w·contrast / sqrt(Σ w²·V·N/(N − 1)), where V is the variance of the contrast
at the rates most likely under the parameter tested (`restricted.py`). The weights are Mantel–Haenszel's on
the scales of difference and ratio, and those of the efficient score on the scale of the odds ratio. At no
effect the three statistics are one, the Cochran–Mantel–Haenszel statistic without continuity correction,
hence one p-value belongs to all three intervals: p < 1 − confidence exactly when each of them excludes no
effect.

Sources: Miettinen & Nurminen (1985), Statistics in Medicine 4:213–226, also for strata; Koopman (1984),
Biometrics 40:513–517, whose ratio limits lack the factor N/(N − 1); Gart (1971), Review of the International
Statistical Institute 39:148–169, for a common odds ratio. Skewness: Gart (1985), Biometrika 72:673–677, for
odds ratios; Gart & Nam (1988), Biometrics 44:323–338, for ratios, and (1990), ibid. 46:637–643, for
differences; Laud (2017), Pharmaceutical Statistics 16:334–348, for all three with N/(N − 1) and strata.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from microlift.stats.checks import FloatArray, two_sided_quantile
from microlift.stats.interval import ContrastIntervals, Interval
from microlift.stats.inversion import LOG_RATIO_BOUND, CellFunction, crossing, ratio_limits
from microlift.stats.restricted import rates_at_difference, rates_at_odds_ratio, rates_at_ratio
from microlift.stats.tables import Tables, as_tables


def score_p_value(
    successes_t: ArrayLike,
    n_t: ArrayLike,
    successes_c: ArrayLike,
    n_c: ArrayLike,
    skewness: bool = False,
) -> FloatArray:
    """Two-sided p of no effect; 1 where no unit, or every unit, of the comparable strata converted."""
    tables = as_tables(successes_t, n_t, successes_c, n_c)
    z = _null_statistic(tables, skewness)
    return np.asarray(special.erfc(np.abs(z) / np.sqrt(2)).reshape(tables.shape))


def score_difference(
    successes_t: ArrayLike,
    n_t: ArrayLike,
    successes_c: ArrayLike,
    n_c: ArrayLike,
    confidence: float = 0.95,
    skewness: bool = False,
) -> Interval:
    """Interval of p_t − p_c (Miettinen–Nurminen), within [−1, 1], around the Mantel–Haenszel difference.

    It has positive length at 0 and n successes. (−1, 1) where no stratum has units in both arms.
    """
    tables = as_tables(successes_t, n_t, successes_c, n_c)

    def statistic(difference: FloatArray, cells: NDArray[np.intp]) -> FloatArray:
        return difference_statistic(tables.take(cells), difference[:, None], skewness)

    return _invert(statistic, tables, confidence, 1.0, "difference")


def score_ratio(
    successes_t: ArrayLike,
    n_t: ArrayLike,
    successes_c: ArrayLike,
    n_c: ArrayLike,
    confidence: float = 0.95,
    skewness: bool = False,
) -> Interval:
    """Interval of p_t / p_c (Koopman, Miettinen–Nurminen), around the Mantel–Haenszel ratio.

    `low` is 0 where the treatment has no success, `high` is infinite where the control has none: no finite
    data exclude them. (0, ∞) where neither arm has one, or where no stratum has units in both arms.
    """
    tables = as_tables(successes_t, n_t, successes_c, n_c)

    def statistic(log_ratio: FloatArray, cells: NDArray[np.intp]) -> FloatArray:
        return ratio_statistic(tables.take(cells), np.exp(log_ratio)[:, None], skewness)

    logs = _invert(statistic, tables, confidence, LOG_RATIO_BOUND, "ratio")
    return ratio_limits(logs.low, logs.high)


def score_odds_ratio(
    successes_t: ArrayLike,
    n_t: ArrayLike,
    successes_c: ArrayLike,
    n_c: ArrayLike,
    confidence: float = 0.95,
    skewness: bool = False,
) -> Interval:
    """Interval of the (common) odds ratio, around its maximum-likelihood estimate.

    `low` is 0 where in each stratum the treatment has no success or the control no failure; `high` is
    infinite where in each the treatment has no failure or the control no success. (0, ∞) where both hold.
    """
    tables = as_tables(successes_t, n_t, successes_c, n_c)

    def statistic(log_odds_ratio: FloatArray, cells: NDArray[np.intp]) -> FloatArray:
        return _odds_ratio_statistic(tables.take(cells), np.exp(log_odds_ratio)[:, None], skewness)

    logs = _invert(statistic, tables, confidence, LOG_RATIO_BOUND, "odds_ratio")
    return ratio_limits(logs.low, logs.high)


def score_intervals(
    successes_t: ArrayLike,
    n_t: ArrayLike,
    successes_c: ArrayLike,
    n_c: ArrayLike,
    confidence: float = 0.95,
    skewness: bool = False,
) -> ContrastIntervals:
    """The three intervals together."""
    counts = (successes_t, n_t, successes_c, n_c)
    return ContrastIntervals(
        difference=score_difference(*counts, confidence, skewness),
        ratio=score_ratio(*counts, confidence, skewness),
        odds_ratio=score_odds_ratio(*counts, confidence, skewness),
    )


def difference_statistic(part: Tables, delta: FloatArray, skewness: bool) -> FloatArray:
    rate_t, rate_c = rates_at_difference(part, delta)
    return _contrast_statistic(part, rate_t, rate_c, np.float64(1), delta, skewness)


def ratio_statistic(part: Tables, ratio: FloatArray, skewness: bool) -> FloatArray:
    rate_t, rate_c = rates_at_ratio(part, ratio)
    return _contrast_statistic(part, rate_t, rate_c, ratio, np.float64(0), skewness)


def _contrast_statistic(
    part: Tables,
    rate_t: FloatArray,
    rate_c: FloatArray,
    factor: FloatArray | np.float64,
    shift: FloatArray | np.float64,
    skewness: bool,
) -> FloatArray:
    """Statistic of the contrast x_t/n_t − factor·x_c/n_c − shift at the rates most likely under it."""
    contrast = part.weight * (part.x_t / part.n_t - factor * (part.x_c / part.n_c) - shift)
    in_t = part.weight**2 * rate_t * (1 - rate_t) / part.n_t
    in_c = (part.weight * factor) ** 2 * rate_c * (1 - rate_c) / part.n_c
    if not skewness:
        return _standardised(contrast, in_t + in_c, part)
    third = part.weight * (in_t * (1 - 2 * rate_t) / part.n_t - factor * in_c * (1 - 2 * rate_c) / part.n_c)
    return _standardised(contrast, in_t + in_c, part, third)


def _odds_ratio_statistic(part: Tables, odds_ratio: FloatArray, skewness: bool) -> FloatArray:
    rate_t, rate_c = rates_at_odds_ratio(part, odds_ratio)
    spread_t, spread_c = part.n_t * rate_t * (1 - rate_t), part.n_c * rate_c * (1 - rate_c)
    known = (spread_t > 0) & (spread_c > 0) & (part.weight > 0)
    with np.errstate(invalid="ignore"):
        share_t = np.where(known, spread_c / (spread_t + spread_c), 0)
    information = np.where(known, spread_t * share_t, 0)
    excess = part.x_t - part.n_t * rate_t
    # Towards 0 and ∞ rounding would outweigh an information that vanishes.
    real = (part.weight > 0) & (np.abs(excess) > 1e-14 * part.n_t)
    excess = np.where(real, excess, 0)
    if not skewness:
        return _standardised(excess, information, part)
    third = information * (share_t**2 * (1 - 2 * rate_t) - (1 - share_t) ** 2 * (1 - 2 * rate_c))
    return _standardised(excess, information, part, third)


def _standardised(
    contrast: FloatArray, variance: FloatArray, tables: Tables, third: FloatArray | None = None
) -> FloatArray:
    """Sum of contrasts in units of its standard error; 0 where both vanish, finite where the latter does.

    With the third central moments of the contrasts, corrected for their skewness.
    """
    numerator = contrast.sum(axis=1)
    scale = (variance * (tables.total / (tables.total - 1))).sum(axis=1)
    error = np.sqrt(np.maximum(scale, 1e-300))
    if third is None:
        return numerator / error
    bend = np.where(scale > 1e-290, third.sum(axis=1) / np.maximum(scale, 1e-290) / error / 6, 0.0)
    # Clipped far beyond any critical value, so that no product below overflows.
    return _normal_score(np.clip(numerator / error, -1e100, 1e100), np.clip(bend, -1e100, 1e100))


def _normal_score(score: FloatArray, bend: FloatArray) -> FloatArray:
    """The z of which `score` = z + bend·(z² − 1), bend being a sixth of the skewness: z where it is 0.

    Where the quadratic has no root (a score beyond its vertex), the line through the vertex goes on: the
    result grows with the score everywhere. 0 stays 0: a contrast that is as expected is no evidence.
    """
    moved = score + bend
    z = 2 * moved / (1 + np.sqrt(np.maximum(1 + 4 * bend * moved, 0)))
    return np.where(score == 0, 0.0, z)


def _null_statistic(tables: Tables, skewness: bool) -> FloatArray:
    pooled = tables.successes / tables.total
    return _contrast_statistic(tables, pooled, pooled, np.float64(1), np.float64(0), skewness)


def _invert(statistic: CellFunction, tables: Tables, confidence: float, bound: float, scale: str) -> Interval:
    z = two_sided_quantile(confidence)
    estimate, error = near_contrast(tables, scale)
    low, high = (
        crossing(
            statistic,
            target,
            len(error),
            bound,
            (estimate, np.where(exists, estimate - target * error, np.nan)),
        )
        for target, exists in zip((z, -z), _bounded(tables, scale), strict=True)
    )
    return Interval(low.reshape(tables.shape), high.reshape(tables.shape))


def _bounded(tables: Tables, scale: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Cells whose lower, and whose upper limit is not that of the scale itself."""
    if scale == "difference":
        return tables.comparable, tables.comparable
    low, high = tables.x_t > 0, tables.x_c > 0
    if scale == "odds_ratio":
        low, high = low & (tables.x_c < tables.n_c), high & (tables.x_t < tables.n_t)
    return np.any(low & (tables.weight > 0), axis=1), np.any(high & (tables.weight > 0), axis=1)


def near_contrast(tables: Tables, scale: str) -> tuple[FloatArray, FloatArray]:
    """About the estimate and its standard error (delta method), to start from; NaN where there is none.

    Half a success and half a failure more in each arm keep both within reach of the limits where counts are few.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = tables.weight / tables.weight.sum(axis=1, keepdims=True)
        levels, errors = [], []
        for x, n, sign in ((tables.x_t, tables.n_t, 1), (tables.x_c, tables.n_c, -1)):
            each = (x + 0.5) / (n + 1)
            rate = (share * each).sum(axis=1)
            spread = (share**2 * each * (1 - each) / n).sum(axis=1)
            if scale == "ratio":
                level, slope = np.log(rate), 1 / rate
            elif scale == "odds_ratio":
                level, slope = special.logit(rate), 1 / (rate * (1 - rate))
            else:
                level, slope = rate, 1.0
            levels.append(sign * level)
            errors.append(slope**2 * spread)
        return levels[0] + levels[1], np.sqrt(errors[0] + errors[1])
