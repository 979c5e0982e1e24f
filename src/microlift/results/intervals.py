"""`results_intervals`: each variant's own rate or mean, with an interval by each method that fits its kind."""

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.tables import CELL, CELL_FIELDS, arrow
from microlift.stats.interval import Interval
from microlift.stats.means import ratio_moments, t_interval
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
    aggregates: pd.DataFrame, confidence: float = 0.95, prior_alpha: float = 1.0, prior_beta: float = 1.0
) -> pa.Table:
    """Intervals of every row of `agg_variant_metrics`, one row a method (`SCHEMA`).

    Conversions: Clopper–Pearson (exact), Wilson (score), Jeffreys, and the equal-tailed credible interval of
    the beta posterior under the given prior. Counts and sums: t. Ratios: t on the linearised ratio (delta
    method). Raises ValueError for impossible counts, priors that are not proper or a confidence outside
    (0, 1).
    """
    conversions = aggregates[aggregates["kind"] == "conversion"]
    x, n = conversions["successes"].to_numpy(dtype=float), conversions["units"].to_numpy(dtype=float)
    parts = [
        _part(conversions, method, x / np.where(n > 0, n, 1), interval)
        for method, interval in {
            "clopper_pearson": clopper_pearson(x, n, confidence),
            "wilson": wilson(x, n, confidence),
            "jeffreys": jeffreys(x, n, confidence),
            "beta_posterior": beta_posterior(x, n, prior_alpha, prior_beta, confidence),
        }.items()
    ]
    means = aggregates[aggregates["kind"].isin(["count", "sum"])]
    mean = means["mean"].to_numpy(dtype=float)
    m2 = means["centred_sum_squares"].to_numpy(dtype=float)
    parts.append(
        _part(means, "t", mean, t_interval(means["units"].to_numpy(dtype=float), mean, m2, confidence))
    )

    ratios = aggregates[aggregates["kind"] == "ratio"]
    linear = ratio_moments(
        *(
            ratios[name].to_numpy(dtype=float) / (ratios["units"].to_numpy(dtype=float) if per_unit else 1)
            for name, per_unit in (
                ("units", False),
                ("value_sum", True),
                ("denominator_sum", True),
                ("centred_sum_squares", False),
                ("denominator_centred_sum_squares", False),
                ("centred_cross_products", False),
            )
        )
    )
    parts.append(_part(ratios, "t_of_linearised_ratio", linear.mean, t_interval(*linear, confidence)))

    rows = pd.concat(parts, ignore_index=True).sort_values([*CELL, "variant_id", "method"], kind="stable")
    return arrow(rows.assign(confidence=confidence), SCHEMA)


def _part(frame: pd.DataFrame, method: str, estimate: np.ndarray, interval: Interval) -> pd.DataFrame:
    kept = frame[[*CELL, "variant_id", "basis", "kind", "units", "successes"]]
    bounded = np.isfinite(interval.low) & np.isfinite(interval.high)
    note = np.where(bounded, None, "no interval: fewer than two units, or a denominator of 0")
    return kept.assign(
        estimate=estimate, method=method, interval_low=interval.low, interval_high=interval.high, note=note
    )
