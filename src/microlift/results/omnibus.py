"""One test over all the variants of a cell: is any of them different?"""

import numpy as np
import pandas as pd

from microlift.results.moments import cell_moments
from microlift.results.tables import CELL, BoolArray, codes, numbers, pad, places
from microlift.stats.omnibus import OmnibusTest, omnibus_means, omnibus_proportions


def omnibus(strata: pd.DataFrame) -> pd.DataFrame:
    """A row a cell of `int_variant_strata`: `omnibus_p_value` and whether it is `sparse` (a rough χ²).

    Conversions: χ², over several allocation epochs Cochran–Mantel–Haenszel's. Other kinds: Welch's analysis
    of variance of the (standardised) means. NaN where nothing tells the variants apart.
    """
    cell, cells = codes(strata, CELL)
    conversion = (strata["kind"] == "conversion").to_numpy()
    epoch = places(strata, CELL, ["allocation_epoch"])
    epochs = np.zeros(len(cells), dtype=np.int64)
    np.maximum.at(epochs, cell, epoch + 1)
    p, sparse = np.full(len(cells), np.nan), np.zeros(len(cells), dtype=bool)

    def keep(chosen: BoolArray, test: OmnibusTest) -> None:
        p[chosen] = np.where(test.df > 0, test.p_value, np.nan)
        sparse[chosen] = test.sparse & (test.df > 0)

    for count in np.unique(epochs[cell[conversion]]):
        rows = conversion & (epochs[cell] == count)
        batch = strata[rows]
        table, arm = codes(batch, CELL)[0], places(batch, CELL, ["variant_id"])
        index = (table, arm) if count == 1 else (table, epoch[rows], arm)
        successes, units = (pad(index, numbers(batch[name])) for name in ("successes", "units"))
        chosen = np.zeros(len(cells), dtype=bool)
        chosen[cell[rows]] = True
        keep(chosen, omnibus_proportions(successes, units))

    if not conversion.all():
        moments = cell_moments(strata[~conversion])
        index = (codes(moments, CELL)[0], places(moments, CELL, ["variant_id"]))
        chosen = np.zeros(len(cells), dtype=bool)
        chosen[cell[~conversion]] = True
        keep(chosen, omnibus_means(*(pad(index, numbers(moments[name])) for name in ("n", "mean", "m2"))))
    return cells.assign(omnibus_p_value=p, sparse=sparse)
