"""`results_cluster_conversions`: the primary conversion of each cluster of units, all variants together."""

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.tables import arrow, divide, numbers
from microlift.stats.proportions import wilson

SCHEMA = pa.schema(
    [
        ("experiment_id", pa.string()),
        ("clustering_id", pa.string()),
        ("cluster", pa.string()),
        ("metric_id", pa.string()),
        ("basis", pa.string()),
        ("units", pa.int64()),
        ("successes", pa.int64()),
        ("rate", pa.float64()),
        ("method", pa.string()),
        ("confidence", pa.float64()),
        ("interval_low", pa.float64()),
        ("interval_high", pa.float64()),
        ("reading", pa.string()),
    ]
)

READINGS = {
    "pre_exposure": "association: who these units are, not what made them convert",
    "post_exposure": "association: the variant itself, and converting, change who is in the cluster",
}


def build(outcomes: pd.DataFrame, confidence: float = 0.95) -> pa.Table:
    """Rates with Wilson's score interval, one row an experiment × cluster × metric (`SCHEMA`)."""
    rows = outcomes.sort_values(["experiment_id", "clustering_id", "cluster", "metric_id"], kind="stable")
    successes, units = numbers(rows["successes"]), numbers(rows["units"])
    interval = wilson(successes, units, confidence)
    return arrow(
        rows.assign(
            rate=divide(successes, units),
            method="wilson",
            confidence=confidence,
            interval_low=interval.low,
            interval_high=interval.high,
            reading=np.array([READINGS[basis] for basis in rows["basis"]], dtype=object),
        ),
        SCHEMA,
    )
