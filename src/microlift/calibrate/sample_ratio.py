"""Sample ratio read at every look: how often it ever raises an alarm, by the always-valid test and by χ².

Daily looks of 200 new units each. With the declared weights every alarm is false; with the others it is due, and
`median_look` is the look of the first one. χ² is that of `sample_ratio`, read at every look.
"""

import numpy as np
import pyarrow as pa

from microlift.stats.health import sample_ratio
from microlift.stats.sequential_ratio import sequential_sample_ratio

TRUTHS = {"as declared": (0.5, 0.5), "52 to 48": (0.52, 0.48), "55 to 45": (0.55, 0.45)}
LEVELS = (0.05, 0.01, 0.0005)


def run(seed: int, runs: int = 4_000, looks: int = 60, units: int = 200) -> pa.Table:
    """A row a truth, test and level: `alarm_rate` over all looks with its Monte Carlo `standard_error`."""
    random = np.random.default_rng(seed)
    rows = []
    for name, shares in TRUTHS.items():
        counts = random.multinomial(units, shares, size=(runs, looks))
        sequence = sequential_sample_ratio(counts[:, :, None, :], np.full((runs, 1, 2), 0.5)).p_value
        plain = sample_ratio(counts.cumsum(axis=1).reshape(-1, 2), [0.5, 0.5]).p_value.reshape(runs, looks)
        for test, p in (("over_looks", sequence), ("chi_squared_at_every_look", plain)):
            for level in LEVELS:
                alarm = p < level
                ever = alarm.any(axis=1)
                rate = float(ever.mean())
                first = float(np.median(alarm[ever].argmax(axis=1) + 1)) if ever.mean() > 0.5 else None
                rows.append({"weights": name, "test": test, "level": level, "alarm_rate": rate,
                             "standard_error": float(np.sqrt(rate * (1 - rate) / runs)), "median_look": first,
                             "looks": looks, "runs": runs})  # fmt: skip
    return pa.Table.from_pylist(rows)
