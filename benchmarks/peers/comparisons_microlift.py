"""Interval, p, P(better), expected loss and corrections of conversions, by microlift: `COUNTS`."""

import sys

import numpy as np
import pandas as pd
from measure import Measure

from microlift.results.comparisons import build
from microlift.stats.bayes import beta_compare
from microlift.stats.multiplicity import adjust_all
from microlift.stats.two_proportions import compare_proportions

EXPERIMENTS = pd.DataFrame(
    {"experiment_id": ["e"], "experiment_name": ["e"], "variants": [2], "control_variant_id": ["c"]}
)
METRICS = pd.DataFrame({"metric_id": ["m"], "metric_name": ["m"], "better": ["higher"]})


def strata(x_t: np.ndarray, n_t: np.ndarray, x_c: np.ndarray, n_c: np.ndarray) -> pd.DataFrame:
    """`int_tested_strata`: a row a segment and arm."""
    arms = [
        pd.DataFrame(
            {
                "experiment_id": "e", "segment_dimension": "s", "segment": [f"s{cell:05d}" for cell in range(len(x))],
                "metric_id": "m", "kind": "conversion", "variant_id": arm, "allocation_epoch": 1,
                "units": n, "successes": x, "value_sum": x.astype(float), "centred_sum_squares": 0.0,
                "denominator_sum": np.nan, "denominator_centred_sum_squares": 0.0, "centred_cross_products": np.nan,
            }
        )
        for arm, x, n in (("t", x_t, n_t), ("c", x_c, n_c))
    ]  # fmt: skip
    return pd.concat(arms, ignore_index=True)


def from_arrays(x_t: np.ndarray, n_t: np.ndarray, x_c: np.ndarray, n_c: np.ndarray) -> list[str]:
    """The methods that were used."""
    result = compare_proportions(x_t, n_t, x_c, n_c)
    beta_compare(1 + x_t, 1 + n_t - x_t, 1 + x_c, 1 + n_c - x_c)
    adjust_all(result.p_value, "all")
    return sorted(set(result.method.tolist()))


def from_table(table: pd.DataFrame) -> None:
    """The whole way: a table of aggregates in, the rows of `results_comparisons` and corrections out."""
    adjust_all(build(table, EXPERIMENTS, METRICS)["p_value"].to_numpy(), "all")


counts = np.load(sys.argv[1])
exact = counts["exact"]
cells = {
    part: [counts[key][chosen] for key in ("x_t", "n_t", "x_c", "n_c")]
    for part, chosen in (("score", ~exact), ("exact", exact))
}
measure = Measure()
methods: dict[str, list[str]] = {}
for part, arrays in cells.items():
    from_arrays(*(array[:10] for array in arrays))
    with measure.part(part):
        methods[part] = from_arrays(*arrays)
for part, arrays in cells.items():
    table = strata(*arrays)
    from_table(table[:10])
    with measure.part(f"{part}, from table to table"):
        from_table(table)
measure.say({"methods": methods})
