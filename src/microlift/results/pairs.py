"""Which variants are compared with which, and their statistics side by side, epoch by epoch."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from microlift.results.tables import CELL, codes, pad

STATISTICS = [
    "units",
    "successes",
    "value_sum",
    "centred_sum_squares",
    "denominator_sum",
    "denominator_centred_sum_squares",
    "centred_cross_products",
]


@dataclass(frozen=True)
class Pairs:
    """`keys` has a row a comparison; `variant` and `baseline` hold each statistic as (comparisons, epochs)."""

    keys: pd.DataFrame
    variant: dict[str, NDArray[np.float64]]
    baseline: dict[str, NDArray[np.float64]]


def pair(strata: pd.DataFrame, experiments: pd.DataFrame) -> Pairs:
    """Pair each variant with the control of its experiment; without a control, with every variant before it.

    `strata` is `int_variant_strata` (a row a cell, variant and allocation epoch), `experiments` is
    `dim_experiments`. An epoch that one of the two variants lacks is padded with 0 units.
    """
    variants = (
        strata.groupby([*CELL, "variant_id"], as_index=False)
        .agg(kind=("kind", "first"), units=("units", "sum"))
        .merge(experiments[["experiment_id", "control_variant_id"]], on="experiment_id", how="left")
    )
    both = variants.merge(variants[[*CELL, "variant_id"]], on=CELL, suffixes=("", "_baseline"))
    control = both["control_variant_id"]
    versus_control = control.eq(both["variant_id_baseline"]) & both["variant_id"].ne(
        both["variant_id_baseline"]
    )
    each_other = control.isna() & (both["variant_id"] > both["variant_id_baseline"])
    keys = both[versus_control | each_other].rename(columns={"variant_id_baseline": "baseline_variant_id"})
    keys = keys[[*CELL, "kind", "variant_id", "baseline_variant_id"]]
    keys = keys.sort_values([*CELL, "variant_id", "baseline_variant_id"], kind="stable").reset_index(
        drop=True
    )

    cell, cells = codes(strata, [*CELL, "variant_id"])
    epoch, epochs = codes(strata, ["allocation_epoch"])
    shape = (len(cells), len(epochs))
    arrays = {
        name: pad(cell, epoch, strata[name].fillna(0).to_numpy(dtype=float), shape) for name in STATISTICS
    }
    numbered = cells.assign(_cell=np.arange(len(cells)))

    def side(column: str) -> dict[str, NDArray[np.float64]]:
        wanted = keys[[*CELL, column]].rename(columns={column: "variant_id"})
        rows = wanted.merge(numbered, on=[*CELL, "variant_id"], how="left")["_cell"].to_numpy(dtype=np.int64)
        return {name: array[rows] for name, array in arrays.items()}

    return Pairs(keys, side("variant_id"), side("baseline_variant_id"))
