"""Which variants are compared with which, and their statistics side by side, epoch by epoch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlift.results.moments import Statistics, statistics_of
from microlift.results.tables import CELL, codes, find, firsts, pad, places

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
    seen = codes(strata, ["experiment_id", "variant_id"])[1].astype(object)
    controls = experiments[["experiment_id", "control_variant_id"]].astype(object)
    declared = controls.dropna().rename(columns={"control_variant_id": "variant_id"})
    seen = pd.concat([seen, declared[declared["experiment_id"].isin(seen["experiment_id"])]])
    arms = seen.drop_duplicates().merge(controls, on="experiment_id", how="left")
    against = arms.merge(arms[["experiment_id", "variant_id"]], on="experiment_id", suffixes=("", "_other"))
    control, variant, other = (
        against[name] for name in ("control_variant_id", "variant_id", "variant_id_other")
    )
    wanted = (variant != other) & ((control == other) | (control.isna() & (variant > other)))
    pairs = against[wanted].rename(columns={"variant_id_other": "baseline_variant_id"})
    pairs = pairs.sort_values(["experiment_id", "variant_id", "baseline_variant_id"])

    cell, cells = codes(strata, CELL)
    epochs = np.zeros(len(cells), dtype=np.int64)
    np.maximum.at(epochs, cell, places(strata, CELL, ["allocation_epoch"]) + 1)
    # The pairs of an experiment stand together: each of its cells takes all of them.
    experiment, names = codes(pairs, ["experiment_id"])
    own = find(cells, names, ["experiment_id"])
    start = np.searchsorted(experiment, own)
    count = np.searchsorted(experiment, own, side="right") - start
    row = np.repeat(np.arange(len(cells)), count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    chosen = pairs.iloc[start[row] + step]
    return (
        cells.assign(kind=strata["kind"].to_numpy()[firsts(strata, CELL)], epochs=epochs)
        .iloc[row]
        .reset_index(drop=True)
        .assign(**{name: chosen[name].to_numpy() for name in ("variant_id", "baseline_variant_id")})
    )


def side_by_side(strata: pd.DataFrame, keys: pd.DataFrame) -> Iterator[Pairs]:
    """The statistics of the comparisons of `pair`, in batches of one kind and one number of epochs.

    Cells of many epochs are few: in one array with the others they would cost all of them memory.
    """
    of = find(strata, keys, CELL)
    sizes = np.append(keys["epochs"].to_numpy(dtype=np.int64), -1)[of]
    for (kind, epochs), batch in keys.groupby(["kind", "epochs"]):
        rows = strata[(strata["kind"] == kind).to_numpy(dtype=bool) & (sizes == epochs)]
        arm, arms = codes(rows, ARM)
        epoch = places(rows, CELL, ["allocation_epoch"])
        # One more row, of zeros, stands for a variant without units.
        arrays = {
            name: np.pad(pad((arm, epoch), values), ((0, 1), (0, 0)))
            for name, values in statistics_of(rows).items()
        }
        variant, baseline = (
            find(batch[[*CELL, column]].set_axis(ARM, axis=1), arms, ARM)
            for column in ("variant_id", "baseline_variant_id")
        )
        yield Pairs(
            str(kind),
            batch,
            {name: array[variant] for name, array in arrays.items()},
            {name: array[baseline] for name, array in arrays.items()},
        )
