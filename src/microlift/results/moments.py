"""Units, mean and centred sum of squares: of a stratum, and of a cell over its strata."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlift.results.tables import CELL, codes, divide, numbers
from microlift.stats.checks import FloatArray
from microlift.stats.cuped import Covariate
from microlift.stats.means import Moments, ratio_moments

STATISTICS = [
    "units",
    "successes",
    "value_sum",
    "centred_sum_squares",
    "denominator_sum",
    "denominator_centred_sum_squares",
    "centred_cross_products",
    "covariate_sum",
    "covariate_centred_sum_squares",
    "covariate_cross_products",
]
"""Columns of `int_variant_strata` that add up to the statistics of a stratum; what has no value counts 0."""

COVARIATE = STATISTICS[-3:]
"""Those of a covariate, which a table may lack."""

Statistics = Mapping[str, FloatArray]


def statistics_of(frame: pd.DataFrame) -> dict[str, FloatArray]:
    """The statistics of every row of `int_variant_strata` or `agg_variant_metrics`."""
    return {
        name: np.zeros(len(frame)) if name in COVARIATE and name not in frame else numbers(frame[name])
        for name in STATISTICS
    }


def stratum_moments(statistics: Statistics, is_ratio: bool) -> Moments:
    """Moments of the metric, arrays of any one shape; a ratio of sums is linearised (delta method).

    Where there are no units, or a ratio's denominator is 0, n and m2 are 0 and the mean is 0, too.
    """
    n = statistics["units"]
    mean = np.nan_to_num(divide(statistics["value_sum"], n))
    if not is_ratio:
        return Moments(n, mean, statistics["centred_sum_squares"])
    linear = ratio_moments(
        n,
        mean,
        np.nan_to_num(divide(statistics["denominator_sum"], n)),
        statistics["centred_sum_squares"],
        statistics["denominator_centred_sum_squares"],
        statistics["centred_cross_products"],
    )
    return Moments(linear.n, np.nan_to_num(linear.mean), linear.m2)


def covariate_of(statistics: Statistics) -> Covariate:
    """Statistics of the covariate; without one they are 0, and nothing is adjusted."""
    mean = np.nan_to_num(divide(statistics["covariate_sum"], statistics["units"]))
    return Covariate(
        mean, statistics["covariate_centred_sum_squares"], statistics["covariate_cross_products"]
    )


def cell_moments(strata: pd.DataFrame) -> pd.DataFrame:
    """Reduce `int_variant_strata` to a row a cell and variant: kind, epochs, units, successes, n, mean, m2.

    `epochs` counts the allocation epochs of the cell. Where it has several, `mean` is standardised: every
    variant's epoch means are weighted alike, by the harmonic mean of the variants' units in that epoch (for
    two variants the Mantel–Haenszel weights), so that a shift of traffic between epochs does not pass for an
    effect. `m2` is what gives the standardised mean its true variance at `n` units, those of the epochs that
    have weight: in which every variant of the cell has two units or more, and (of a ratio) a denominator.
    Without any such epoch, n is 0. A variant that never has two units keeps no other from being compared.
    """
    frame = strata.sort_values([*CELL, "variant_id", "allocation_epoch"], kind="stable", ignore_index=True)
    statistics = statistics_of(frame)
    ratio = (frame["kind"] == "ratio").to_numpy()
    n, mean, m2 = np.empty((3, len(frame)))
    for rows, is_ratio in ((ratio, True), (~ratio, False)):
        chosen = {name: values[rows] for name, values in statistics.items()}
        n[rows], mean[rows], m2[rows] = stratum_moments(chosen, is_ratio)

    arm, arms = codes(frame, [*CELL, "variant_id"])
    cell, _ = codes(arms, CELL)
    stratum, strata_keys = codes(frame, [*CELL, "allocation_epoch"])
    epochs = np.bincount(codes(strata_keys, CELL)[0], minlength=len(np.unique(cell)))

    able = n >= 2
    able_arms = np.bincount(cell, weights=np.bincount(arm, weights=able, minlength=len(arms)) > 0)
    complete = np.bincount(stratum, weights=able)[stratum] == able_arms[cell[arm]]
    inverse = np.bincount(stratum, weights=np.where(able, 1 / np.maximum(n, 1), 0.0))
    weight = np.where(able & complete, 1 / np.maximum(inverse, np.finfo(float).tiny)[stratum], 0.0)

    def total(values: FloatArray) -> FloatArray:
        return np.bincount(arm, weights=values, minlength=len(arms)).astype(np.float64)

    share = np.nan_to_num(divide(weight, total(weight)[arm]))
    counted = total(np.where(share > 0, n, 0.0))
    variance = total(share**2 * m2 / np.maximum(n * (n - 1), 1))
    return arms.assign(
        kind=frame["kind"].to_numpy()[np.unique(arm, return_index=True)[1]],
        epochs=epochs[cell],
        units=total(statistics["units"]),
        successes=total(statistics["successes"]),
        n=counted,
        mean=total(share * mean),
        m2=variance * counted * np.maximum(counted - 1, 0),
    )
