"""Interval and p of means of zeros and ones by tea-tasting, with its correction (FDR): `COUNTS`. It has no posterior.

Timed apart: from counts by way of `Aggregates` to results, and from a table of counts, whose rows a user has to make
into `Aggregates`, to a table of results.
"""

import sys
from collections.abc import Iterable

import numpy as np
import pandas as pd
import tea_tasting as tt
from measure import Measure
from tea_tasting.aggr import Aggregates

EXPERIMENT = tt.Experiment(m=tt.Mean("m"))


def compare(rows: Iterable[tuple[object, int, int, int, int]]) -> tt.multiplicity.MultipleComparisonsResults:
    """Rows of cell, conversions and units of the treatment, and of the control."""
    results = {}
    for cell, x_t, n_t, x_c, n_c in rows:
        arms = {
            arm: Aggregates(n, {"m": x / n}, {"m": x / n * (1 - x / n) * n / (n - 1)})
            for arm, x, n in (("c", x_c, n_c), ("t", x_t, n_t))
        }
        results[cell] = EXPERIMENT.analyze(arms, control="c")
    return tt.adjust_fdr(results)


counts = np.load(sys.argv[1])
exact = counts["exact"]
measure = Measure()
compare([("warm", 3, 50, 5, 60)] * 2).to_pandas()
for name, chosen in (("score", ~exact), ("exact", exact)):
    columns = [counts[key][chosen].tolist() for key in ("x_t", "n_t", "x_c", "n_c")]
    cells = list(zip(range(len(columns[0])), *columns, strict=True))
    with measure.part(name):
        compare(cells).to_dicts()
    table = pd.DataFrame(cells, columns=["cell", "x_t", "n_t", "x_c", "n_c"])
    with measure.part(f"{name}, from table to table"):
        compare(table.itertuples(index=False, name=None)).to_pandas()
measure.say({"cells": len(exact)})
