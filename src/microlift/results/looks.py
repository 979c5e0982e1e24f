"""What each look of an experiment knows: its comparisons, their information, and which looks were planned."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from microlift.results.effects import Settings, effects, shared_epochs
from microlift.results.pairs import Pairs, pair, side_by_side
from microlift.results.tables import IntArray, notes, numbers
from microlift.stats.checks import FloatArray

PAIR = ["experiment_id", "metric_id", "variant_id", "baseline_variant_id"]


class Looks:
    """Every pair of variants at every look, from `int_look_strata`; a look takes the place of a segment."""

    def __init__(
        self, strata: pd.DataFrame, experiments: pd.DataFrame, lower: Collection[str], settings: Settings
    ) -> None:
        cells = strata.assign(segment_dimension="all", segment=strata["look"].map("{:07d}".format))
        keys = pair(cells, experiments)
        by_look = strata.groupby(["experiment_id", "metric_id", "look"], as_index=False).agg(
            look_at=("look_at", "first"), total_units=("units", "sum"), arms=("variant_id", "nunique")
        )
        keys = keys.assign(look=keys["segment"].astype("int64"))
        self.keys = keys.merge(by_look, on=["experiment_id", "metric_id", "look"], how="left")
        self._batches = list(side_by_side(cells, self.keys))
        self._lower, self._settings = list(lower), settings

    def comparable(self) -> pd.DataFrame:
        """The pairs of each look that can be tested, with their keys and `key`, their number."""
        at = self.compare(pd.Series(self._settings.confidence, index=self.keys.index))
        known = at[at["p_value"].notna() & (at["information"] > 0)]
        return self.keys.join(known, how="inner").rename_axis("key").reset_index()

    def compare(self, confidence: pd.Series) -> pd.DataFrame:
        """Columns of `results_comparisons` of the pairs that `confidence` has (by key), each at its own level."""
        parts = [pd.DataFrame()]
        for batch in self._batches:
            mine = confidence[confidence.index.isin(batch.keys.index)]
            for level, rows in mine.groupby(mine):
                chosen = batch.keys.index.get_indexer(rows.index)
                parts.append(self._at(_take(batch, chosen), float(level)))
        return pd.concat(parts).sort_index()

    def _at(self, batch: Pairs, confidence: float) -> pd.DataFrame:
        of = self._settings
        settings = Settings(confidence, of.exact_below, of.prior_alpha, of.prior_beta)
        higher = ~batch.keys["metric_id"].isin(self._lower).to_numpy(dtype=bool)
        columns, reasons = effects(batch, higher, settings)
        n_t, n_c = batch.variant["units"], batch.baseline["units"]
        shared = shared_epochs(batch)
        frame = pd.DataFrame(columns, index=batch.keys.index)
        return frame.assign(
            units=n_t.sum(axis=1).astype("int64"),
            baseline_units=n_c.sum(axis=1).astype("int64"),
            information=np.divide(n_t * n_c, n_t + n_c, out=np.zeros(n_t.shape), where=shared).sum(axis=1),
            successes_known=batch.kind == "conversion",
            note=notes(*reasons),
        )


def _take(batch: Pairs, rows: IntArray) -> Pairs:
    variant, baseline = (
        {name: array[rows] for name, array in side.items()} for side in (batch.variant, batch.baseline)
    )
    return Pairs(batch.kind, batch.keys.iloc[rows], variant, baseline)


def fractions(looks: pd.DataFrame, plan: pd.Series) -> FloatArray:
    """How much of the planned information each look has, by units where they are planned, else by time.

    `looks` has look_at (ascending) and total_units, those of all variants; `plan` is a row of
    `int_sequential_plan`. NaN where the plan names neither units nor an end. At or after the last window of
    the experiment it is 1 or more.
    """
    if not pd.isna(plan["planned_units"]):
        return numbers(looks["total_units"]) / float(plan["planned_units"])
    if pd.isna(plan["last_look_at"]):
        return np.full(len(looks), np.nan)
    times = pd.to_datetime(looks["look_at"])
    start = times.iloc[0] if pd.isna(plan["starts_at"]) else pd.Timestamp(plan["starts_at"])
    length = (pd.Timestamp(plan["last_look_at"]) - start).total_seconds()
    passed = (times - start).dt.total_seconds().to_numpy(dtype=np.float64)
    return np.ones(len(looks)) if length <= 0 else np.maximum(passed / length, 0.0)


def planned(fraction: FloatArray, looks: int) -> tuple[IntArray, IntArray]:
    """Positions of the planned looks, the first at or after each k-th part of the information, and their k.

    Where two fall on one position the later counts. What comes after the last is no look of the plan.
    """
    due = np.floor(np.minimum(fraction, 1.0) * looks + 1e-9).astype(np.int64)
    first = np.flatnonzero(np.diff(due, prepend=0) > 0)
    return first, due[first]
