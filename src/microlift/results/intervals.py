"""`results_intervals`: each variant's own rate or mean, with an interval by each method of its kind."""

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.declared import option_of
from microlift.results.histograms import Histograms
from microlift.results.moments import statistics_of, stratum_moments
from microlift.results.tables import CELL, CELL_FIELDS, arrow, divide, notes
from microlift.stats.checks import FloatArray
from microlift.stats.histograms import quantile_interval, sample_quantile
from microlift.stats.interval import Interval
from microlift.stats.means import t_interval
from microlift.stats.proportions import beta_posterior, clopper_pearson, jeffreys, wilson

SCHEMA = pa.schema(
    [
        *CELL_FIELDS,
        ("variant_id", pa.string()),
        ("basis", pa.string()),
        ("kind", pa.string()),
        ("units", pa.int64()),
        ("successes", pa.int64()),
        ("estimate", pa.float64()),
        ("method", pa.string()),
        ("confidence", pa.float64()),
        ("interval_low", pa.float64()),
        ("interval_high", pa.float64()),
        ("note", pa.string()),
    ]
)


def build(
    aggregates: pd.DataFrame,
    confidence: float = 0.95,
    prior_alpha: float = 1.0,
    prior_beta: float = 1.0,
    histogram: pd.DataFrame | None = None,
    metrics: pd.DataFrame | None = None,
) -> pa.Table:
    """Intervals of every row of `agg_variant_metrics`, one row a method (`SCHEMA`).

    Conversions: Clopper–Pearson (exact), Wilson (score), Jeffreys, and the equal-tailed credible interval of
    the beta posterior under the given prior. Counts and sums: t. Ratios: t on the linearised ratio (delta
    method). Quantiles, from `int_quantile_histogram` and `dim_metrics`: between order statistics (exact).
    Raises ValueError for impossible counts, priors that are not proper or a confidence outside (0, 1).
    """
    conversions = aggregates[aggregates["kind"] == "conversion"]
    counts = statistics_of(conversions)
    x, n = counts["successes"], counts["units"]
    parts = [
        _part(conversions, method, divide(x, n), interval)
        for method, interval in {
            "clopper_pearson": clopper_pearson(x, n, confidence),
            "wilson": wilson(x, n, confidence),
            "jeffreys": jeffreys(x, n, confidence),
            "beta_posterior": beta_posterior(x, n, prior_alpha, prior_beta, confidence),
        }.items()
    ]
    for kinds, method, bottom in (
        (["count", "sum"], "t", "units"),
        (["ratio"], "t_of_linearised_ratio", "denominator_sum"),
    ):
        means = aggregates[aggregates["kind"].isin(kinds)]
        sums = statistics_of(means)
        interval = t_interval(*stratum_moments(sums, is_ratio=kinds == ["ratio"]), confidence)
        parts.append(_part(means, method, divide(sums["value_sum"], sums[bottom]), interval))
    if histogram is not None and metrics is not None:
        parts.append(_quantiles(aggregates[aggregates["kind"] == "quantile"], histogram, metrics, confidence))
    rows = pd.concat(parts, ignore_index=True).sort_values([*CELL, "variant_id", "method"], kind="stable")
    return arrow(rows.assign(confidence=confidence), SCHEMA)


def _quantiles(
    frame: pd.DataFrame, histogram: pd.DataFrame, metrics: pd.DataFrame, confidence: float
) -> pd.DataFrame:
    arms = Histograms(histogram)
    found = np.full((len(frame), 3), np.nan)
    levels = option_of(metrics, "quantile", frame["metric_id"])
    for place, (row, q) in enumerate(zip(frame.to_dict("records"), levels, strict=True)):
        if (arm := arms.pooled(row, "variant_id")) is not None:
            found[place] = sample_quantile(arm, q), *quantile_interval(arm, q, confidence)
    estimate, low, high = found.T
    part = _part(frame, "order_statistics", estimate, Interval(low, high))
    unbounded = np.isfinite(estimate) & ~(np.isfinite(low) & np.isfinite(high))
    return part.assign(note=notes(
        (~np.isfinite(estimate), "no estimate: there are no units"),
        (unbounded, "a limit is missing: too few units lie beyond the quantile"),
    ))  # fmt: skip


def _part(frame: pd.DataFrame, method: str, estimate: FloatArray, interval: Interval) -> pd.DataFrame:
    exists = np.isfinite(estimate)
    bounded = np.isfinite(interval.low) & np.isfinite(interval.high)
    return frame[[*CELL, "variant_id", "basis", "kind", "units", "successes"]].assign(
        estimate=estimate,
        method=method,
        interval_low=interval.low,
        interval_high=interval.high,
        note=notes(
            (~exists, "no estimate: there are no units, or a denominator is 0"),
            (
                exists & ~bounded,
                "no interval: fewer than two units, or no spread to know the error",
            ),
        ),
    )
