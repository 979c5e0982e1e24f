"""What `dim_metrics` declares of a metric beyond its mean, and how the method of a row tells it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from microlift.results.tables import Columns
from microlift.stats.checks import FloatArray


def declared(metrics: pd.DataFrame, name: str) -> pd.Series:
    """A numeric option by metric; NaN where a metric does not declare it."""
    values = metrics[name] if name in metrics else pd.Series(np.nan, metrics.index)
    return pd.to_numeric(values).astype(float).set_axis(metrics["metric_id"])


def option_of(metrics: pd.DataFrame, name: str, metric_ids: pd.Series) -> FloatArray:
    """The option of each row's metric, in the order of the rows."""
    place, distinct = pd.factorize(metric_ids)
    return declared(metrics, name).reindex(distinct).to_numpy(dtype=np.float64)[place]


def methods(columns: Columns, metrics: pd.DataFrame, metric_ids: pd.Series) -> Columns:
    """`method` and `method_reason` with what is declared: a cap, or a covariate that could not be used."""
    if not any(declared(metrics, name).notna().any() for name in ("winsorize_at", "covariate_seconds")):
        return {name: columns[name] for name in ("method", "method_reason")}
    cap, days = (option_of(metrics, name, metric_ids) for name in ("winsorize_at", "covariate_seconds"))
    method: NDArray[np.object_] = np.asarray(columns["method"]).astype(object)
    reason: NDArray[np.object_] = np.asarray(columns["method_reason"]).astype(object)
    useless = np.isfinite(days) & np.isin(method, ["welch"])
    reason[useless] += ", whose covariate is missing or has no spread"
    for row in np.flatnonzero(np.isfinite(cap) & np.isin(method, ["welch", "cuped"])):
        method[row] += "_of_winsorised_mean"
        reason[row] += f", of values capped at the {cap[row]:g} quantile of all arms"
    return {"method": method, "method_reason": reason}
