"""The always-valid comparison of two conversion rates at each look, from what `int_look_strata` has of two arms."""

import numpy as np
import pandas as pd

from microlift.results.tables import Columns, IntArray, numbers
from microlift.stats.checks import FloatArray
from microlift.stats.odds_sequence import odds_sequence
from microlift.stats.restricted import rates_at_odds_ratio
from microlift.stats.tables import Tables, as_tables

DEFAULT_SPREAD = 0.2
"""Log odds ratio that the mixture expects where the plan names no smallest lift."""


def odds_looks(
    looks: pd.DataFrame,
    variant: pd.DataFrame,
    baseline: pd.DataFrame,
    alpha: float,
    side: int,
    smallest_lift: float,
) -> Columns:
    """p_value and limits of difference and relative lift at each row of `looks`, which has look, ascending.

    The limits are those of the odds ratio (`stats.odds_sequence`), carried over to the rates that it has at
    the successes of both arms together. An arm's successes come in batches: units that are new, and units
    whose outcome was still open when late data told of it.
    """
    both = _batches(variant).merge(
        _batches(baseline), on=["look", "allocation_epoch", "is_new"], suffixes=("_t", "_c")
    )
    number = looks["look"].searchsorted(both["look"])
    spread = DEFAULT_SPREAD if pd.isna(smallest_lift) else float(np.log1p(smallest_lift))
    inside = number < len(looks)
    x_t, n_t, x_c, n_c = (
        numbers(both[name])[inside] for name in ("successes_t", "units_t", "successes_c", "units_c")
    )
    found = odds_sequence(x_t, n_t, x_c, n_c, number[inside], alpha, spread, side)
    # A look after the last batch knows what that one did.
    last = np.minimum(np.arange(len(looks)), len(found.p_value) - 1)
    tables = _totals(looks, variant, baseline)
    low, high = (_rates(tables, limit[last]) for limit in (found.low, found.high))
    return {
        "p_value": found.p_value[last],
        "difference_low": low[0] - low[1],
        "difference_high": high[0] - high[1],
        "relative_lift_low": low[0] / low[1] - 1,
        "relative_lift_high": high[0] / high[1] - 1,
    }


def _batches(arm: pd.DataFrame) -> pd.DataFrame:
    """look, allocation_epoch, is_new, units and successes of the batches of one arm."""
    arm = arm.sort_values(["allocation_epoch", "look"], kind="stable")
    units, successes, new_units, new = (
        numbers(arm[name]) for name in ("units", "successes", "new_units", "new_successes")
    )
    before = arm.assign(_s=successes).groupby("allocation_epoch")["_s"].shift(fill_value=0.0).to_numpy()
    still_open = np.maximum(units - new_units - before, 0.0)
    late = np.clip(successes - before - new, 0.0, still_open)
    keys = arm[["look", "allocation_epoch"]]
    entered = keys.assign(is_new=True, units=new_units, successes=new)
    return pd.concat([entered, keys.assign(is_new=False, units=still_open, successes=late)])


def _totals(looks: pd.DataFrame, variant: pd.DataFrame, baseline: pd.DataFrame) -> Tables:
    """Successes and units by look and epoch, as far as known then."""
    epochs = np.union1d(variant["allocation_epoch"], baseline["allocation_epoch"])

    def known(arm: pd.DataFrame, name: str) -> FloatArray:
        wide = arm.pivot(index="look", columns="allocation_epoch", values=name).reindex(columns=epochs)
        at: IntArray = wide.index.searchsorted(looks["look"], side="right") - 1
        return np.where(
            (at >= 0)[:, None], np.nan_to_num(wide.to_numpy(dtype=np.float64))[np.maximum(at, 0)], 0.0
        )

    counts = [known(arm, name) for arm in (variant, baseline) for name in ("successes", "units")]
    return as_tables(*counts)


def _rates(tables: Tables, odds_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rates of both arms at an odds ratio, standardised over epochs; NaN where it is no limit (0 or infinite)."""
    bounded = np.isfinite(odds_ratio) & (odds_ratio > 0)
    rates = rates_at_odds_ratio(tables, np.where(bounded, odds_ratio, 1.0)[:, None])
    rate_t, rate_c = (np.where(bounded, tables.standardise(rate), np.nan) for rate in rates)
    return rate_t, np.where(rate_c > 0, rate_c, np.nan)
