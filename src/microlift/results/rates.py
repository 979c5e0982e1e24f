"""`agg_rates`: the rate of each section as known on each day, with its Wilson bounds."""

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.tables import arrow, numbers
from microlift.stats.proportions import wilson

SCHEMA = pa.schema(
    [
        ("rate", pa.string()),
        ("section", pa.string()),
        ("day", pa.date32()),
        ("sessions", pa.int64()),
        ("counted_sessions", pa.int64()),
        ("estimate", pa.float64()),
        ("confidence", pa.float64()),
        ("interval_low", pa.float64()),
        ("interval_high", pa.float64()),
    ]
)


def build(days: pd.DataFrame) -> pa.Table:
    """Bounds of every row of `int_rate_days` (rate, section, day, confidence, sessions, counted_sessions).

    A row as it came, with the share of the sessions that count and its two-sided Wilson interval at the row's
    confidence. Wilson's interval is defined at none and at all, and narrow enough to act on where sessions
    are few. Raises ValueError for impossible counts or a confidence outside (0, 1).
    """
    rows = days.sort_values(["rate", "section", "day", "confidence"], kind="stable", ignore_index=True)
    counted, sessions = numbers(rows["counted_sessions"]), numbers(rows["sessions"])
    low, high = np.empty((2, len(rows)))
    for confidence in rows["confidence"].unique():
        mine = (rows["confidence"] == confidence).to_numpy(dtype=bool)
        interval = wilson(counted[mine], sessions[mine], float(confidence))
        low[mine], high[mine] = interval.low, interval.high
    rows["day"] = [day.date() for day in pd.to_datetime(rows["day"])]
    return arrow(
        rows.assign(estimate=counted / np.maximum(sessions, 1), interval_low=low, interval_high=high), SCHEMA
    )
