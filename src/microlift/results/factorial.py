"""`results_factorial_effects`: main effects and interactions of full two-level factorial experiments."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.moments import cell_moments
from microlift.results.tables import arrow
from microlift.stats.factorial import factorial_means, factorial_proportions

SCHEMA = pa.schema(
    [
        ("experiment_id", pa.string()),
        ("metric_id", pa.string()),
        ("effect", pa.string()),
        ("factors", pa.int64()),
        ("high_levels", pa.string()),
        ("estimate", pa.float64()),
        ("interval_low", pa.float64()),
        ("interval_high", pa.float64()),
        ("p_value", pa.float64()),
        ("method", pa.string()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
    ]
)


def build(strata: pd.DataFrame, variants: pd.DataFrame, confidence: float = 0.95) -> pa.Table:
    """Effects of every experiment whose variants name the 2^k combinations of k factors (`SCHEMA`).

    `strata` is `int_variant_strata` (the whole experiment is used), `variants` is `dim_variants`, whose
    `factors` read 'headline=short;image=photo'. A main effect is mean(high level) − mean(low level), averaged
    over the other factors; the low levels are the control's, or the first in the alphabet.
    """
    moments = cell_moments(strata[strata["segment_dimension"] == "all"])
    parts = [
        row
        for experiment, design in _designs(variants)
        for row in _effects(moments, experiment, design, confidence)
    ]
    return arrow(pd.DataFrame(parts, columns=[field.name for field in SCHEMA]), SCHEMA)


def _designs(variants: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each experiment's factor levels as ±1, a row a variant and a column a factor."""
    named = variants[variants["factors"].notna()]
    for experiment, group in named.groupby("experiment_id"):
        levels = pd.DataFrame(
            [dict(pair.split("=", 1) for pair in text.split(";")) for text in group["factors"]]
        )
        levels.index = pd.Index(group["variant_id"])
        control = group["is_control"].to_numpy(dtype=bool)
        low = levels.iloc[int(np.argmax(control))] if control.any() else levels.min()
        design = pd.DataFrame(
            np.where(levels.eq(low, axis=1), -1.0, 1.0), index=levels.index, columns=levels.columns
        )
        design.attrs["high"] = {
            name: next((v for v in levels[name] if v != low[name]), None) for name in levels
        }
        full = len(design) == 2 ** design.shape[1] and not design.duplicated().any()
        if full and not levels.isna().any(axis=None):
            yield str(experiment), design


def _effects(
    moments: pd.DataFrame, experiment: str, design: pd.DataFrame, confidence: float
) -> Iterator[dict[str, object]]:
    for metric, cell in moments[moments["experiment_id"] == experiment].groupby("metric_id"):
        arms = cell.set_index("variant_id").reindex(design.index)
        if arms["units"].isna().any():
            continue
        n, mean, m2 = (arms[name].to_numpy(dtype=float)[None] for name in ("units", "mean", "m2"))
        counts = arms["kind"].iloc[0] == "conversion" and arms["epochs"].max() == 1
        if counts:
            result = factorial_proportions(
                arms["successes"].to_numpy(dtype=float)[None], n, design, confidence
            )
        else:
            result = factorial_means(n, mean, m2, design, confidence)
        for index, subset in enumerate(result.factors):
            names = [str(design.columns[i]) for i in subset]
            known = bool(np.isfinite(result.low[0, index]))
            yield {
                "experiment_id": experiment,
                "metric_id": metric,
                "effect": " × ".join(names),
                "factors": len(names),
                "high_levels": "; ".join(f"{name}={design.attrs['high'][name]}" for name in names),
                "estimate": result.effect[0, index],
                "interval_low": result.low[0, index],
                "interval_high": result.high[0, index],
                "p_value": result.p_value[0, index] if known else np.nan,
                "method": "mover_of_wilson" if counts else "t_of_contrast",
                "note": None if known else "too few units to know the spread",
                "confidence": confidence,
            }
