"""Conditional exact test and intervals of two conversion rates, with or without strata.

Arguments are those of `score.py`: scalars, (cells,) or (cells, strata), with absent strata padded by n = 0; a
ValueError names counts that are not whole, not within [0, n], or a confidence outside (0, 1).

The p-value is the central one: twice the smaller tail of Fisher's exact test, at most 1. (R's `fisher.test`
prints the sum over the less likely tables, which does not invert the interval printed beside it.) Here
p < 1 − confidence exactly when the interval of the odds ratio excludes 1, and with it that of the ratio, and
that of the difference excludes 0.

Sources: Cornfield (1956), Proc. 3rd Berkeley Symposium 4:135–148; Gart (1970), Biometrika 57:471–475, for
strata; Thomas & Gart (1977), JASA 72:73–76, for difference and ratio; Santner & Snell (1980), JASA
75:386–394.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from microlift.stats.checks import FloatArray, check_confidence, two_sided_quantile
from microlift.stats.hypergeometric import conditional_batches
from microlift.stats.interval import ContrastIntervals, Interval
from microlift.stats.inversion import LOG_RATIO_BOUND, CellFunction, crossing, ratio_limits
from microlift.stats.restricted import rates_at_odds_ratio
from microlift.stats.score import near_contrast, score_difference, score_ratio
from microlift.stats.tables import Tables, as_tables


def exact_p_value(
    successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike
) -> FloatArray:
    """Central two-sided p of odds ratio 1, the same in each stratum.

    1 where no unit, or every unit, converted, and where no stratum has units in both arms.
    """
    tables = as_tables(successes_t, n_t, successes_c, n_c)
    p = np.empty(len(tables.weight))
    for cells, distribution in conditional_batches(tables):
        rows, null = np.arange(len(cells)), np.zeros(len(cells))
        upper, lower = distribution.log_upper_tail(null, rows), distribution.log_lower_tail(null, rows)
        p[cells] = np.minimum(2 * np.exp(np.minimum(upper, lower)), 1.0)
    return p.reshape(tables.shape)


def exact_intervals(
    successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike, confidence: float = 0.95
) -> ContrastIntervals:
    """Intervals of difference, ratio and (common) odds ratio.

    The odds ratio's is exact: at most (1 − confidence)/2 non-coverage in each tail. `low` is 0 where the
    margins allow no fewer conversions in the treatment, `high` infinite where they allow no more, (0, ∞)
    where they allow one table.

    Each limit of the odds ratio is mapped to the difference and the ratio of the rates that have it and the
    observed number of conversions in both arms together, weighted over strata as the estimates are. A mapped
    limit is exact in the odds ratio and conditional on that number. It promises nothing about the difference
    (Santner & Snell): it cannot leave the observed margin, and with 50 units an arm at true rates 2% and 10%
    the limit away from zero misses the difference in 21% of experiments. So on these two scales a limit is the
    wider of the mapped and the score limit, unless the latter would contradict the test of no effect; that
    keeps the miss near the nominal 2.5% (study `two_proportion_limits`). Limits that are exact on these scales
    are those of `unconditional.py`, which cost a thousand times as much. With no
    conversion, or nothing but conversions, the score limits stand alone: the difference is bounded, the ratio
    (0, ∞) or bounded.
    """
    tables = as_tables(successes_t, n_t, successes_c, n_c)
    low, high = _log_odds_ratio_limits(tables, check_confidence(confidence))
    difference = score_difference(*tables.arms, confidence)
    ratio = score_ratio(*tables.arms, confidence)
    (difference_low, ratio_low), (difference_high, ratio_high) = (_mapped(tables, end) for end in (low, high))

    def limits(mapped_low: FloatArray, mapped_high: FloatArray, score: Interval, null: float) -> Interval:
        # fmin and fmax pass over the NaN of a mapping that is not defined.
        only_low, only_high = (low > 0) & (score.low <= null), (high < 0) & (score.high >= null)
        return Interval(
            np.where(only_low, mapped_low, np.fmin(mapped_low, score.low)).reshape(tables.shape),
            np.where(only_high, mapped_high, np.fmax(mapped_high, score.high)).reshape(tables.shape),
        )

    return ContrastIntervals(
        difference=limits(difference_low, difference_high, difference, 0.0),
        ratio=limits(ratio_low, ratio_high, ratio, 1.0),
        odds_ratio=ratio_limits(low.reshape(tables.shape), high.reshape(tables.shape)),
    )


def _log_odds_ratio_limits(tables: Tables, confidence: float) -> tuple[FloatArray, FloatArray]:
    z = two_sided_quantile(confidence)
    low, high = np.empty(len(tables.weight)), np.empty(len(tables.weight))
    estimate, error = near_contrast(tables, "odds_ratio")
    for cells, distribution in conditional_batches(tables):
        start, step = estimate[cells], z * error[cells]
        # The lower tail falls as the odds ratio grows; the upper one falls as it shrinks.
        low[cells] = -crossing(
            _probit(distribution.log_upper_tail, -1), -z, len(cells), LOG_RATIO_BOUND, (-start, step - start)
        )
        high[cells] = crossing(
            _probit(distribution.log_lower_tail, 1), -z, len(cells), LOG_RATIO_BOUND, (start, start + step)
        )
    return low, high


def _probit(log_tail: CellFunction, sign: int) -> CellFunction:
    """The normal quantile of a tail at `sign` times the parameter: nearly straight, where the tail itself is not."""

    def quantile(parameter: FloatArray, cells: NDArray[np.intp]) -> FloatArray:
        # A tail of 1 is taken a hair below, so that its quantile is finite.
        return np.asarray(special.ndtri_exp(np.minimum(log_tail(sign * parameter, cells), -1e-16)))

    return quantile


def _mapped(tables: Tables, log_odds_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Difference and ratio of the weighted rates at an odds ratio and the observed margins; NaN for 0/0."""
    rate_t, rate_c = rates_at_odds_ratio(tables, np.exp(log_odds_ratio)[:, None])
    mean_t, mean_c = tables.standardise(rate_t), tables.standardise(rate_c)
    with np.errstate(divide="ignore", invalid="ignore"):
        return mean_t - mean_c, mean_t / mean_c
