"""`int_tested_histogram` as the arms of comparisons: quantiles in every tested segment, bootstraps of the whole."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from microlift.results.moments import STATISTICS
from microlift.results.tables import CELL, numbers
from microlift.stats.bootstrap import BootstrapComparison, compare_resamples
from microlift.stats.histograms import Histogram, histogram

ARM = [*CELL, "variant_id"]
STRATUM = [*ARM, "allocation_epoch"]


@dataclass(frozen=True)
class Resampling:
    """How many resamples are drawn, and the seed that each comparison's own generator starts from."""

    resamples: int = 10_000
    seed: int = 1


DEFAULT = Resampling()


class Histograms:
    """The arms of a histogram table (None: no arms), each a `Histogram` an allocation epoch."""

    def __init__(self, frame: pd.DataFrame | None) -> None:
        columns = [*STRATUM, "kind", "value", "units", "centred_sum_squares"]
        self.frame = pd.DataFrame(columns=columns) if frame is None else frame

    @cached_property
    def strata(self) -> pd.DataFrame:
        """Units and sums of quantile metrics in the shape of `int_tested_strata`, which leaves them out."""
        rows = self.frame[self.frame["kind"] == "quantile"]
        if rows.empty:
            return pd.DataFrame(columns=[*STRATUM, "kind", *STATISTICS])
        rows = rows.assign(value_sum=numbers(rows["value"]) * numbers(rows["units"]))
        sums = rows.groupby([*STRATUM, "kind"], as_index=False)[["units", "value_sum"]].sum()
        return sums.reindex(columns=[*STRATUM, "kind", *STATISTICS])

    @cached_property
    def arms(self) -> dict[tuple[Any, ...], dict[Any, Histogram]]:
        """By cell and variant, the histogram of each allocation epoch."""
        found: dict[tuple[Any, ...], dict[Any, Histogram]] = {}
        for key, rows in self.frame.groupby(STRATUM, sort=False):
            assert isinstance(key, tuple)
            hidden = float(np.sort(numbers(rows["centred_sum_squares"])).sum())
            arm = histogram(numbers(rows["value"]), numbers(rows["units"]), hidden)
            found.setdefault(key[:-1], {})[key[-1]] = arm
        return found

    def pooled(self, row: Mapping[Hashable, Any], column: str) -> Histogram | None:
        """All epochs of one arm together; None where it has no units."""
        epochs = self.arms.get((*(row[name] for name in CELL), row[column]), {})
        if not epochs:
            return None
        values, units = (np.concatenate([each[place] for each in epochs.values()]) for place in (0, 1))
        return histogram(values, units, sum(each.hidden for each in epochs.values()))

    def compare(
        self, row: Mapping[Hashable, Any], resampling: Resampling, **settings: Any
    ) -> BootstrapComparison:
        """Bootstrap one comparison, from a generator that depends on the seed and the comparison's key alone."""
        key = "\0".join(str(row[name]) for name in [*ARM, "baseline_variant_id"])
        t, c = (
            self.arms.get((*(row[name] for name in CELL), row[name_]), {})
            for name_ in ("variant_id", "baseline_variant_id")
        )
        shared = sorted(t.keys() & c.keys())
        return compare_resamples(
            [t[epoch] for epoch in shared],
            [c[epoch] for epoch in shared],
            np.random.default_rng((resampling.seed, crc32(key.encode()))),
            resamples=resampling.resamples,
            **settings,
        )


def table_of(results: list[BootstrapComparison]) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Bootstraps as columns."""
    return {
        name: np.array([getattr(result, name) for result in results], dtype=np.float64)
        for name in BootstrapComparison.__dataclass_fields__
    }
