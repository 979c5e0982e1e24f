"""Which variants are compared with which, and their statistics side by side, epoch by epoch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlift.results.moments import Statistics, statistics_of
from microlift.results.tables import CELL, IntArray, codes, find, firsts, pad, places

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
    controls = experiments.set_index("experiment_id")["control_variant_id"].astype(object)
    seen = codes(strata, ["experiment_id", "variant_id"])[1].astype(object)
    declared = controls[controls.index.isin(seen["experiment_id"]) & controls.notna()]
    known = pd.DataFrame({"experiment_id": declared.index, "variant_id": declared.to_numpy()}, dtype=object)
    arms = codes(pd.concat([seen, known], ignore_index=True), ["experiment_id", "variant_id"])[1]
    control = controls.reindex(arms["experiment_id"]).to_numpy()
    variant, experiment = arms["variant_id"].to_numpy(dtype=object), codes(arms, ["experiment_id"])[0]
    arm, other = _with_all_of(experiment, experiment)
    wanted = (arm != other) & (
        (control[arm] == variant[other]) | (pd.isna(control)[arm] & (variant[arm] > variant[other]))
    )
    arm, other = arm[wanted], other[wanted]

    cell, cells = codes(strata, CELL)
    epochs = np.zeros(len(cells), dtype=np.int64)
    np.maximum.at(epochs, cell, places(strata, CELL, ["allocation_epoch"]) + 1)
    names = arms.iloc[firsts(arms, ["experiment_id"])]
    row, pair_of = _with_all_of(find(cells, names, ["experiment_id"]), experiment[arm])
    return (
        cells.assign(kind=strata["kind"].to_numpy()[firsts(strata, CELL)], epochs=epochs)
        .iloc[row]
        .reset_index(drop=True)
        .assign(variant_id=variant[arm[pair_of]], baseline_variant_id=variant[other[pair_of]])
    )


def _with_all_of(groups: IntArray, members: IntArray) -> tuple[IntArray, IntArray]:
    """Each row of `groups` beside each of the sorted `members` of the same group: (rows, places)."""
    start = np.searchsorted(members, groups)
    count = np.searchsorted(members, groups, side="right") - start
    row = np.repeat(np.arange(len(groups)), count)
    return row, start[row] + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)


def side_by_side(strata: pd.DataFrame, keys: pd.DataFrame) -> Iterator[Pairs]:
    """The statistics of the comparisons of `pair`, in batches of one kind and one number of epochs.

    Cells of many epochs are few: in one array with the others they would cost all of them memory.
    """
    of = find(strata, keys, CELL)
    sizes = np.append(keys["epochs"].to_numpy(dtype=np.int64), -1)[of]
    for (kind, epochs), batch in keys.groupby(["kind", "epochs"]):
        chosen = (strata["kind"] == kind).to_numpy(dtype=bool) & (sizes == epochs)
        rows = strata if chosen.all() else strata[chosen]
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
