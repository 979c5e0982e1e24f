"""Comparison of two conversion rates, by score or exact methods as the counts allow."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from microlift.stats.checks import FloatArray, check_confidence
from microlift.stats.exact import exact_intervals, exact_p_value
from microlift.stats.interval import ContrastIntervals
from microlift.stats.score import score_intervals, score_p_value
from microlift.stats.tables import Tables, as_tables, mantel_haenszel_odds_ratio, standardised_rates

# With these the largest tail of the rule under no effect is at most 2.75% of a nominal 2.5%: by the study
# `two_proportions` and by a scan of many other pairs of arms (docs/statistics.md).
EXACT_BELOW = 10.0
# Near one half the pooled rate hardly moves the critical value, so that nothing smooths the steps of the
# score: with 25 units an arm its tail is 3.2% though 12 conversions are expected. There the test is exact
# until the conversions of one arm, given those of both, vary more than this many times `exact_below`.
CENTRAL_RATES = (1 / 7, 6 / 7)
CENTRAL_VARIANCE = 4.0
# Where arms are nearly but not quite equal, one conversion more in both moves the critical count by just one half
# as long as that variance is near (z / 8)² / (1/2 − share)², z being 1.96 and the share that of the smaller arm:
# steps fall together and nothing smooths them (2.96% for 160 against 214 units with 15 conversions). The test is
# exact well beyond that, until the variance is this over the square, at most so much, in units of `exact_below`.
# Arms still more alike would fall in step only with so many conversions that the steps are small.
IN_STEP = 0.01
IN_STEP_VARIANCE = 3.0
IN_STEP_SHARE = 0.465
# From this expected count on skewness moves a tail by less than .1 points (1:9, nominal 2.5%): the score test
# stays the χ² that everybody knows.
CORRECTED_BELOW = 1000.0

corrected_intervals = partial(score_intervals, skewness=True)
corrected_p_value = partial(score_p_value, skewness=True)

LIMITS = (
    "p_value",
    "difference_low",
    "difference_high",
    "relative_lift_low",
    "relative_lift_high",
    "odds_ratio_low",
    "odds_ratio_high",
)


@dataclass(frozen=True)
class ProportionComparison:
    """Treatment against control, a value a cell in every array.

    `p_value` inverts the intervals beside it: p < 1 − confidence exactly when each of them excludes no
    effect. An estimate that does not exist is NaN: every one where no stratum has units in both arms; the
    relative lift and the odds ratio where the counts are 0/0. They are infinite where only the denominator is
    0.
    """

    difference: FloatArray
    difference_low: FloatArray
    difference_high: FloatArray
    relative_lift: FloatArray
    relative_lift_low: FloatArray
    relative_lift_high: FloatArray
    odds_ratio: FloatArray
    odds_ratio_low: FloatArray
    odds_ratio_high: FloatArray
    p_value: FloatArray
    cohens_h: FloatArray
    method: NDArray[np.str_]
    reason: NDArray[np.object_]


def compare_proportions(
    successes_t: ArrayLike,
    n_t: ArrayLike,
    successes_c: ArrayLike,
    n_c: ArrayLike,
    confidence: float = 0.95,
    exact_below: float = EXACT_BELOW,
) -> ProportionComparison:
    """Difference, relative lift and odds ratio of treatment against control, with intervals and one p-value.

    Counts are scalars, (cells,) or (cells, strata), broadcast together; absent strata are padded with n = 0.
    Estimates are Mantel–Haenszel's over the strata; without strata, the plain ones. Rates and differences are
    proportions, the relative lift is p_t / p_c − 1, and Cohen's h is 2·asin√p_t − 2·asin√p_c (Cohen 1988,
    chapter 6) in radians.

    `method` is 'exact' (`exact.py`) where the smallest expected count is below `exact_below`, else 'score'
    (`score.py`, corrected for skewness where that count is below `CORRECTED_BELOW`). That count is of
    successes or failures in either arm, at the rate of both arms together within each stratum and summed over
    the strata in which both arms have units. It is exact, too, where the score test moves in coarse steps: in
    small arms where that rate is in the middle (`CENTRAL_RATES`), and with few conversions where the arms are
    nearly but not quite equal (`IN_STEP`). `reason` says it in words. Where there is no such stratum, every
    limit is the widest possible and p is 1.

    Raises ValueError where counts are not whole, negative, infinite, above n, or of shapes that do not
    broadcast; where `confidence` is outside (0, 1) or `exact_below` is negative or NaN.
    """
    if not exact_below >= 0:
        raise ValueError(f"exact_below must be at least 0, got {exact_below}")
    confidence = check_confidence(confidence)
    tables = as_tables(successes_t, n_t, successes_c, n_c)
    smallest = _smallest_expected_count(tables)
    central, in_step = _is_coarse(tables, exact_below)
    exact = (smallest < exact_below) | central | in_step | ~tables.comparable

    limits = {name: np.empty(len(exact)) for name in LIMITS}
    corrected = ~exact & (smallest < CORRECTED_BELOW)
    for chosen, intervals, p_value in (
        (exact, exact_intervals, exact_p_value),
        (corrected, corrected_intervals, corrected_p_value),
        (~exact & ~corrected, score_intervals, score_p_value),
    ):
        cells = np.flatnonzero(chosen)
        if cells.size:
            arms = tables.take(cells).arms
            limits["p_value"][cells] = p_value(*arms)
            for name, values in _by_column(intervals(*arms, confidence)).items():
                limits[name][cells] = values

    rate_t, rate_c = standardised_rates(tables)
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = rate_t / rate_c - 1
    shape = tables.shape
    return ProportionComparison(
        difference=(rate_t - rate_c).reshape(shape),
        relative_lift=lift.reshape(shape),
        odds_ratio=mantel_haenszel_odds_ratio(tables).reshape(shape),
        cohens_h=(2 * np.arcsin(np.sqrt(rate_t)) - 2 * np.arcsin(np.sqrt(rate_c))).reshape(shape),
        method=np.where(exact, "exact", "score").reshape(shape),
        reason=_reasons(smallest, central, in_step, tables.comparable, exact_below).reshape(shape),
        **{name: values.reshape(shape) for name, values in limits.items()},
    )


def proportion_p_value(
    successes_t: ArrayLike,
    n_t: ArrayLike,
    successes_c: ArrayLike,
    n_c: ArrayLike,
    exact_below: float = EXACT_BELOW,
) -> FloatArray:
    """The p-value of `compare_proportions` alone, without the intervals."""
    tables = as_tables(successes_t, n_t, successes_c, n_c)
    smallest = _smallest_expected_count(tables)
    exact = np.logical_or.reduce([smallest < exact_below, *_is_coarse(tables, exact_below)])
    corrected = ~exact & (smallest < CORRECTED_BELOW)
    p = np.empty(len(exact))
    for chosen, p_value in (
        (exact, exact_p_value),
        (corrected, corrected_p_value),
        (~exact & ~corrected, score_p_value),
    ):
        cells = np.flatnonzero(chosen)
        if cells.size:
            p[cells] = p_value(*tables.take(cells).arms)
    return p.reshape(tables.shape)


def _by_column(intervals: ContrastIntervals) -> dict[str, FloatArray]:
    """Limits under the names of the columns that hold them."""
    return {
        "difference_low": intervals.difference.low,
        "difference_high": intervals.difference.high,
        "relative_lift_low": intervals.ratio.low - 1,
        "relative_lift_high": intervals.ratio.high - 1,
        "odds_ratio_low": intervals.odds_ratio.low,
        "odds_ratio_high": intervals.odds_ratio.high,
    }


def _smallest_expected_count(tables: Tables) -> FloatArray:
    """Smallest of the four expected counts of each cell if both arms convert alike within each stratum."""
    pooled = tables.successes / tables.total
    expected = [
        ((tables.weight > 0) * n * rate).sum(axis=1)
        for n in (tables.n_t, tables.n_c)
        for rate in (pooled, 1 - pooled)
    ]
    return np.minimum.reduce(expected)


def _is_coarse(tables: Tables, exact_below: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Cells in which the score test moves in coarse steps: near one half, and of nearly equal arms in step."""
    present = tables.weight > 0
    successes, total, n_t = (
        (present * counts).sum(axis=1) for counts in (tables.successes, tables.total, tables.n_t)
    )
    total = np.maximum(total, 1)
    rate, gap = successes / total, np.abs(n_t / total - 0.5)
    pooled = tables.successes / tables.total
    variance = (tables.weight * pooled * (1 - pooled)).sum(axis=1)
    low, high = CENTRAL_RATES
    central = (rate >= low) & (rate <= high) & (variance < CENTRAL_VARIANCE * exact_below)
    apart = gap >= 0.5 - IN_STEP_SHARE
    most = np.minimum(IN_STEP / np.where(apart, gap, 1.0) ** 2, IN_STEP_VARIANCE)
    return central, apart & (variance < most * exact_below)


def _reasons(
    smallest: FloatArray,
    central: NDArray[np.bool_],
    in_step: NDArray[np.bool_],
    comparable: NDArray[np.bool_],
    exact_below: float,
) -> NDArray[np.object_]:
    sides = (
        f"is below {exact_below:g}",
        f"is at least {exact_below:g}, but the rate is near one half and the arms are small",
        f"is at least {exact_below:g}, but the arms are nearly equal and their steps fall together",
        f"is at least {exact_below:g} (corrected for skewness)",
        f"is at least {CORRECTED_BELOW:g}",
    )
    which = np.select([smallest < exact_below, central, in_step, smallest < CORRECTED_BELOW], [0, 1, 2, 3], 4)
    # Rounded down, lest 9.99 be printed as 10.0 and said to be below 10.
    shown = np.floor(smallest * 10) / 10
    texts = np.array(
        [
            f"smallest expected count {count:.1f} {sides[side]}"
            for count, side in zip(shown.tolist(), which.tolist(), strict=True)
        ],
        dtype=object,
    )
    return np.where(comparable, texts, "no units to compare: an arm is empty")
