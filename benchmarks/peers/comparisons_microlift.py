"""Interval, p, P(better), expected loss and corrections of conversions, by microlift: `COUNTS`."""

import sys

import numpy as np
import pandas as pd
from measure import Measure

from microlift.results.comparisons import build
from microlift.stats.bayes import beta_compare
from microlift.stats.multiplicity import adjust_all
from microlift.stats.two_proportions import compare_proportions

counts = np.load(sys.argv[1])
exact = counts["exact"]
measure = Measure()
methods: dict[str, list[str]] = {}
for name, chosen in (("score", ~exact), ("exact", exact)):
    x_t, n_t, x_c, n_c = (counts[key][chosen] for key in ("x_t", "n_t", "x_c", "n_c"))
    with measure.part(name):
        result = compare_proportions(x_t, n_t, x_c, n_c)
        beta_compare(1 + x_t, 1 + n_t - x_t, 1 + x_c, 1 + n_c - x_c)
        adjust_all(result.p_value, "all")
    methods[name] = sorted(set(result.method.tolist()))

# The whole way: a table of aggregates in, the rows of results_comparisons out.
for name, chosen in (("score, from table to table", ~exact), ("exact, from table to table", exact)):
    cells = np.flatnonzero(chosen)
    arms = [
        pd.DataFrame(
            {
                "experiment_id": "e", "segment_dimension": "s", "segment": [f"s{cell:05d}" for cell in cells],
                "metric_id": "m", "kind": "conversion", "variant_id": arm, "allocation_epoch": 1,
                "units": counts[f"n_{arm}"][cells], "successes": counts[f"x_{arm}"][cells],
                "value_sum": counts[f"x_{arm}"][cells].astype(float), "centred_sum_squares": 0.0,
                "denominator_sum": np.nan, "denominator_centred_sum_squares": 0.0, "centred_cross_products": np.nan,
            }
        )
        for arm in ("t", "c")
    ]  # fmt: skip
    strata = pd.concat(arms, ignore_index=True)
    experiments = pd.DataFrame(
        {"experiment_id": ["e"], "experiment_name": ["e"], "variants": [2], "control_variant_id": ["c"]}
    )
    metrics = pd.DataFrame({"metric_id": ["m"], "metric_name": ["m"], "better": ["higher"]})
    with measure.part(name):
        table = build(strata, experiments, metrics)
        adjust_all(table["p_value"].to_numpy(), "all")
measure.say({"methods": methods})
