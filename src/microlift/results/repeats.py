"""`results_repeats`: experiments that ask the same question, pooled."""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from microlift.results.tables import IntArray, arrow, codes, notes, pad
from microlift.stats.checks import two_sided_quantile
from microlift.stats.pooling import pool

LIMITS = ("", "_low", "_high")
SCHEMA = pa.schema(
    [
        ("hypothesis_group", pa.string()),
        ("experiments", pa.int64()),
        ("pooled_experiments", pa.int64()),
        *((f"fixed_lift{end}", pa.float64()) for end in LIMITS),
        ("fixed_p_value", pa.float64()),
        *((f"random_lift{end}", pa.float64()) for end in LIMITS),
        ("random_p_value", pa.float64()),
        ("predicted_lift_low", pa.float64()),
        ("predicted_lift_high", pa.float64()),
        ("heterogeneity_q", pa.float64()),
        ("heterogeneity_p_value", pa.float64()),
        ("i_squared", pa.float64()),
        ("tau", pa.float64()),
        ("method", pa.string()),
        ("method_reason", pa.string()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
    ]
)


def build(comparisons: pd.DataFrame, repeats: pd.DataFrame, confidence: float = 0.95) -> pa.Table:
    """Pool the overall lifts of the experiments of each hypothesis group (`SCHEMA`, a row a group).

    `comparisons` is `calc_comparisons` with intervals of this confidence, `repeats` is `int_repeats`. Lifts are pooled
    as logs of the ratio of variant to baseline, with the errors that their intervals imply, and told as lifts. An
    experiment whose lift has no interval (nobody exposed yet, a rate of 0) is left out, and the note names it.

    Raises ValueError for a confidence outside (0, 1).
    """
    z = two_sided_quantile(confidence)
    if repeats.empty:
        return SCHEMA.empty_table()
    overall = comparisons[comparisons["segment_dimension"] == "all"]
    keys = ["experiment_id", "metric_id", "variant_id"]
    rows = repeats.merge(overall, on=keys, how="left").sort_values(
        ["hypothesis_group", "experiment_id"], kind="stable", ignore_index=True
    )
    estimate, low, high = (rows[f"relative_lift{end}"].to_numpy(float, na_value=np.nan) for end in LIMITS)
    with np.errstate(divide="ignore", invalid="ignore"):
        y, error = np.log1p(estimate), (np.log1p(high) - np.log1p(low)) / 2 / z
    usable = np.isfinite(y) & np.isfinite(error) & (error > 0)
    group, groups = codes(rows, ["hypothesis_group"])
    place = rows.groupby("hypothesis_group").cumcount().to_numpy(np.int64)
    there = pad((group, place), usable.astype(float)) > 0
    padded = pad((group, place), np.where(usable, error, 1.0))
    result = pool(pad((group, place), np.where(usable, y, 0.0)), np.where(there, padded, np.nan), confidence)
    out = rows[~usable].groupby("hypothesis_group")["experiment_id"].agg(", ".join)
    left_out = [out.get(name, "") for name in groups["hypothesis_group"]]
    lifts = {
        f"{name}_lift{end}": np.expm1(getattr(result, f"{name}{end}"))
        for name in ("fixed", "random")
        for end in LIMITS
    }
    with np.errstate(over="ignore"):
        predicted = {
            f"predicted_lift_{end}": np.expm1(getattr(result, f"prediction_{end}")) for end in ("low", "high")
        }
    k = result.repeats
    table = groups.assign(
        experiments=np.bincount(group),
        pooled_experiments=k,
        **lifts,
        **predicted,
        fixed_p_value=result.fixed_p_value,
        random_p_value=result.random_p_value,
        heterogeneity_q=result.q,
        heterogeneity_p_value=result.q_p_value,
        i_squared=result.i2,
        tau=np.sqrt(result.tau2),
        method="paule_mandel_hartung_knapp",
        method_reason="the experiments are few and may truly differ; the fixed lift speaks of them alone",
        note=_note(k, left_out),
        confidence=confidence,
    )
    return arrow(table, SCHEMA)


def _note(pooled: IntArray, left_out: list[str]) -> NDArray[np.object_]:
    said = notes(
        (pooled == 0, "nothing to pool: no experiment has a lift with an interval"),
        (pooled == 1, "one experiment: nothing can be told of how they differ"),
        (pooled == 2, "two experiments: no prediction, and the random interval is wide"),
    )
    names = [f"left out, their lifts have no interval: {out}" if out else "" for out in left_out]
    return np.array(["; ".join(filter(None, pair)) or None for pair in zip(said, names, strict=True)], object)
