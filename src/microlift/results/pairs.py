"""Which variants are compared with which, and their statistics side by side, epoch by epoch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlift.results.moments import Statistics, statistics_of
from microlift.results.tables import CELL, IntArray, codes, pad, places

ARM = [*CELL, "variant_id"]


@dataclass(frozen=True)
class Pairs:
    """Comparisons of one kind of metric: `keys` has a row for each, numbered over all kinds by its index.

    `variant` and `baseline` hold each statistic as (comparisons, epochs), an absent epoch as 0 units.
    """

    kind: str
    keys: pd.DataFrame
    variant: Statistics
    baseline: Statistics


def pair(strata: pd.DataFrame, experiments: pd.DataFrame) -> pd.DataFrame:
    """Pair each variant with the control of its experiment; without a control, with every variant before it.

    `strata` is `int_variant_strata` (a row a cell, variant and allocation epoch), `experiments` is
    `dim_experiments`. Each cell has the variants that any cell of its experiment has, and the control: where
    one has no unit, the comparison is there all the same, for its note to say so. Returns a row a comparison,
    sorted, with the kind of its metric and the number of allocation epochs of its cell.
    """
    controls = experiments[["experiment_id", "control_variant_id"]]
    declared = controls.dropna().rename(columns={"control_variant_id": "variant_id"})
    seen = strata[["experiment_id", "variant_id"]]
    seen = pd.concat([seen, declared[declared["experiment_id"].isin(seen["experiment_id"])]])
    arms = seen.drop_duplicates().merge(controls, on="experiment_id", how="left")
    cells = strata.groupby(CELL, as_index=False).agg(
        kind=("kind", "first"), epochs=("allocation_epoch", "nunique")
    )
    against = arms.merge(arms[["experiment_id", "variant_id"]], on="experiment_id", suffixes=("", "_other"))
    control, variant, other = (
        against[name] for name in ("control_variant_id", "variant_id", "variant_id_other")
    )
    wanted = (variant != other) & ((control == other) | (control.isna() & (variant > other)))
    pairs = against[wanted].rename(columns={"variant_id_other": "baseline_variant_id"})
    keys = cells.merge(pairs.drop(columns="control_variant_id"), on="experiment_id")
    return keys.sort_values([*ARM, "baseline_variant_id"], kind="stable", ignore_index=True)


def side_by_side(strata: pd.DataFrame, keys: pd.DataFrame) -> Iterator[Pairs]:
    """The statistics of the comparisons of `pair`, in batches of one kind and one number of epochs.

    Cells of many epochs are few: in one array with the others they would cost all of them memory.
    """
    sized = strata.merge(keys[[*CELL, "epochs"]].drop_duplicates(), on=CELL)
    for (kind, epochs), batch in keys.groupby(["kind", "epochs"]):
        rows = sized[(sized["kind"] == kind) & (sized["epochs"] == epochs)]
        arm, arms = codes(rows, ARM)
        epoch = places(rows, CELL, ["allocation_epoch"])
        # One more row, of zeros, stands for a variant without units.
        arrays = {
            name: np.pad(pad((arm, epoch), values), ((0, 1), (0, 0)))
            for name, values in statistics_of(rows).items()
        }
        number = arms.assign(_arm=np.arange(len(arms)))
        variant, baseline = (
            _rows(batch[[*CELL, column]].set_axis(ARM, axis=1), number)
            for column in ("variant_id", "baseline_variant_id")
        )
        yield Pairs(
            str(kind),
            batch,
            {name: array[variant] for name, array in arrays.items()},
            {name: array[baseline] for name, array in arrays.items()},
        )


def _rows(wanted: pd.DataFrame, number: pd.DataFrame) -> IntArray:
    """Number of each wanted arm, or that of the row of zeros."""
    found = wanted.merge(number, on=ARM, how="left")["_arm"]
    return found.fillna(len(number)).to_numpy(dtype=np.int64)
