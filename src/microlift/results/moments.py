"""One (units, mean, centred sum of squares) for every cell and variant, whatever its kind and epochs."""

import numpy as np
import pandas as pd

from microlift.results.tables import CELL
from microlift.stats.means import ratio_moments


def cell_moments(strata: pd.DataFrame) -> pd.DataFrame:
    """Reduce `int_variant_strata` to a row a cell and variant: kind, epochs, units, successes, mean, m2.

    Ratios are linearised within their epoch (delta method). Where a cell has several allocation epochs, `mean`
    is standardised: every variant's epoch means are weighted alike, by the harmonic mean of the variants'
    units in that epoch (for two variants the Mantel–Haenszel weights), so that a shift of traffic between
    epochs does not pass for an effect. `m2` then is what gives the standardised mean its true variance.
    Epochs that a variant of the cell lacks have no weight.
    """
    frame = strata.copy()
    units = frame["units"].to_numpy(dtype=float)
    mean = frame["value_sum"].to_numpy(dtype=float, copy=True) / units
    m2 = frame["centred_sum_squares"].to_numpy(dtype=float, copy=True)
    ratio = (frame["kind"] == "ratio").to_numpy()
    linear = ratio_moments(
        units[ratio],
        mean[ratio],
        frame["denominator_sum"].to_numpy(dtype=float)[ratio] / units[ratio],
        m2[ratio],
        frame["denominator_centred_sum_squares"].to_numpy(dtype=float)[ratio],
        frame["centred_cross_products"].to_numpy(dtype=float)[ratio],
    )
    mean[ratio], m2[ratio] = np.nan_to_num(linear.mean), linear.m2
    frame["mean"], frame["variance"] = mean, m2 / np.maximum(units * (units - 1), 1)

    by_epoch = [*CELL, "allocation_epoch"]
    arms = frame.groupby(CELL)["variant_id"].transform("nunique")
    present = frame.groupby(by_epoch)["variant_id"].transform("nunique") == arms
    harmonic = 1 / frame.assign(_inverse=1 / units).groupby(by_epoch)["_inverse"].transform("sum")
    frame["weight"] = np.where(present, harmonic, 0.0)
    total = frame.groupby([*CELL, "variant_id"])["weight"].transform("sum")
    # No epoch has every variant: nothing to standardise by, so units weigh.
    fallback = units / frame.groupby([*CELL, "variant_id"])["units"].transform("sum")
    share = np.where(total > 0, frame["weight"] / total.where(total > 0, 1.0), fallback)
    frame["mean"] *= share
    frame["variance"] *= share**2
    out = frame.groupby([*CELL, "variant_id"], as_index=False).agg(
        kind=("kind", "first"),
        epochs=("allocation_epoch", "nunique"),
        units=("units", "sum"),
        successes=("successes", lambda s: s.sum(min_count=1)),
        mean=("mean", "sum"),
        variance=("variance", "sum"),
    )
    out["m2"] = out["variance"] * out["units"] * (out["units"] - 1)
    return out.drop(columns="variance")
