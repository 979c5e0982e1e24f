"""Score test and score intervals of two conversion rates, with or without strata.

`successes_t`, `n_t`, `successes_c`, `n_c` are scalars, (cells,) or (cells, strata) and broadcast together; an
absent stratum is padded with n = 0, and one without units in both arms contributes nothing. Results have a
value a cell. A ValueError names counts that are not whole, not within [0, n], or a confidence outside (0, 1).

On each scale the statistic is Σ w·contrast / sqrt(Σ w²·V·N/(N − 1)), where V is the variance of the contrast
at the rates most likely under the parameter tested (`restricted.py`). The weights are Mantel–Haenszel's on
the scales of difference and ratio, and those of the efficient score on the scale of the odds ratio. At no
effect the three statistics are one, the Cochran–Mantel–Haenszel statistic without continuity correction,
hence one p-value belongs to all three intervals: p < 1 − confidence exactly when each of them excludes no
effect.

Sources: Miettinen & Nurminen (1985), Statistics in Medicine 4:213–226, also for strata; Koopman (1984),
Biometrics 40:513–517, whose ratio limits lack the factor N/(N − 1); Gart (1971), Review of the International
Statistical Institute 39:148–169, for a common odds ratio.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from microlift.stats.checks import FloatArray, check_confidence
from microlift.stats.interval import ContrastIntervals, Interval
from microlift.stats.inversion import LOG_RATIO_BOUND, CellFunction, crossing, ratio_limits
from microlift.stats.restricted import rates_at_difference, rates_at_odds_ratio, rates_at_ratio
from microlift.stats.tables import Tables, as_tables


def score_p_value(
    successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike
) -> FloatArray:
    """Two-sided p of no effect; 1 where no unit, or every unit, of the comparable strata converted."""
    tables = as_tables(successes_t, n_t, successes_c, n_c)
    return (special.erfc(np.abs(_null_statistic(tables)) / np.sqrt(2))).reshape(tables.shape)


def score_difference(
    successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike, confidence: float = 0.95
) -> Interval:
    """Interval of p_t − p_c (Miettinen–Nurminen), within [−1, 1], around the Mantel–Haenszel difference.

    It has positive length at 0 and n successes. (−1, 1) where no stratum has units in both arms.
    """
    tables = as_tables(successes_t, n_t, successes_c, n_c)

    def statistic(difference: FloatArray, cells: NDArray[np.intp]) -> FloatArray:
        part, delta = tables.take(cells), difference[:, None]
        rate_t, rate_c = rates_at_difference(part, delta)
        contrast = part.x_t / part.n_t - part.x_c / part.n_c - delta
        variance = _variance(rate_t, part.n_t) + _variance(rate_c, part.n_c)
        return _standardised(part.weight * contrast, part.weight**2 * variance, part)

    return _invert(statistic, tables, confidence, 1.0)


def score_ratio(
    successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike, confidence: float = 0.95
) -> Interval:
    """Interval of p_t / p_c (Koopman, Miettinen–Nurminen), around the Mantel–Haenszel ratio.

    `low` is 0 where the treatment has no success, `high` is infinite where the control has none: no finite
    data exclude them. (0, ∞) where neither arm has one, or where no stratum has units in both arms.
    """
    tables = as_tables(successes_t, n_t, successes_c, n_c)

    def statistic(log_ratio: FloatArray, cells: NDArray[np.intp]) -> FloatArray:
        part, ratio = tables.take(cells), np.exp(log_ratio)[:, None]
        rate_t, rate_c = rates_at_ratio(part, ratio)
        contrast = part.x_t / part.n_t - ratio * (part.x_c / part.n_c)
        variance = _variance(rate_t, part.n_t) + ratio**2 * _variance(rate_c, part.n_c)
        return _standardised(part.weight * contrast, part.weight**2 * variance, part)

    logs = _invert(statistic, tables, confidence, LOG_RATIO_BOUND)
    return ratio_limits(logs.low, logs.high)


def score_odds_ratio(
    successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike, confidence: float = 0.95
) -> Interval:
    """Interval of the (common) odds ratio, around its maximum-likelihood estimate.

    `low` is 0 where in each stratum the treatment has no success or the control no failure; `high` is
    infinite where in each the treatment has no failure or the control no success. (0, ∞) where both hold.
    """
    tables = as_tables(successes_t, n_t, successes_c, n_c)

    def statistic(log_odds_ratio: FloatArray, cells: NDArray[np.intp]) -> FloatArray:
        part = tables.take(cells)
        rate_t, rate_c = rates_at_odds_ratio(part, np.exp(log_odds_ratio)[:, None])
        spread_t, spread_c = part.n_t * rate_t * (1 - rate_t), part.n_c * rate_c * (1 - rate_c)
        with np.errstate(invalid="ignore"):
            information = np.where(
                (spread_t > 0) & (spread_c > 0), spread_t * (spread_c / (spread_t + spread_c)), 0
            )
        excess = part.x_t - part.n_t * rate_t
        # Towards 0 and ∞ rounding would outweigh an information that vanishes.
        real = (part.weight > 0) & (np.abs(excess) > 1e-14 * part.n_t)
        return _standardised(np.where(real, excess, 0), np.where(part.weight > 0, information, 0), part)

    logs = _invert(statistic, tables, confidence, LOG_RATIO_BOUND)
    return ratio_limits(logs.low, logs.high)


def score_intervals(
    successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike, confidence: float = 0.95
) -> ContrastIntervals:
    """The three intervals together."""
    counts = (successes_t, n_t, successes_c, n_c)
    return ContrastIntervals(
        difference=score_difference(*counts, confidence),
        ratio=score_ratio(*counts, confidence),
        odds_ratio=score_odds_ratio(*counts, confidence),
    )


def _variance(rate: FloatArray, n: FloatArray) -> FloatArray:
    return rate * (1 - rate) / n


def _standardised(contrast: FloatArray, variance: FloatArray, tables: Tables) -> FloatArray:
    """Sum of contrasts in units of its standard error; 0 where both vanish, finite where the latter does."""
    numerator = contrast.sum(axis=1)
    scale = (variance * (tables.total / (tables.total - 1))).sum(axis=1)
    return numerator / np.sqrt(np.maximum(scale, 1e-300))


def _null_statistic(tables: Tables) -> FloatArray:
    pooled = tables.successes / tables.total
    contrast = tables.weight * (tables.x_t / tables.n_t - tables.x_c / tables.n_c)
    return _standardised(contrast, tables.weight * pooled * (1 - pooled), tables)


def _invert(statistic: CellFunction, tables: Tables, confidence: float, bound: float) -> Interval:
    z = float(special.ndtri((1 + check_confidence(confidence)) / 2))
    low = crossing(statistic, z, len(tables.weight), bound)
    high = crossing(statistic, -z, len(tables.weight), bound)
    return Interval(low.reshape(tables.shape), high.reshape(tables.shape))
