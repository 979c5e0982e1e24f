"""Interval and p of means of zeros and ones by tea-tasting, with its correction (FDR): `COUNTS`. It has no posterior.

From `Aggregates` it goes straight to results, so its own way and the bare one are the same.
"""

import sys

import numpy as np
import tea_tasting as tt
from measure import Measure
from tea_tasting.aggr import Aggregates

counts = np.load(sys.argv[1])
exact = counts["exact"]
measure = Measure()
for name, chosen in (("score", ~exact), ("exact", exact)):
    cells = list(zip(*(counts[key][chosen].tolist() for key in ("x_t", "n_t", "x_c", "n_c")), strict=True))
    experiment = tt.Experiment(m=tt.Mean("m"))
    with measure.part(name):
        results = {}
        for cell, (x_t, n_t, x_c, n_c) in enumerate(cells):
            arms = {
                arm: Aggregates(n, {"m": x / n}, {"m": x / n * (1 - x / n) * n / (n - 1)})
                for arm, x, n in (("c", x_c, n_c), ("t", x_t, n_t))
            }
            results[cell] = experiment.analyze(arms, control="c")
        tt.adjust_fdr(results).to_dicts()
    measure.seconds[f"{name}, from table to table"] = measure.seconds[name]
    measure.processor[f"{name}, from table to table"] = measure.processor[name]
measure.say({"cells": len(exact)})
