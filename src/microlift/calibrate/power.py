"""Power as planned and as it is.

`planned` is what `proportion_power` promises; `true_power` enumerates every table under the test as shipped. Where
both arms are alike (`lift` 0), `true_power` is the size of the test, and the formula has nothing to say of it. With
few expected conversions, and near one half in small arms, the test is exact, and the formula promises more than it
holds; elsewhere it is close.
"""

import numpy as np
import pyarrow as pa

from microlift.stats.exact_power import exact_power
from microlift.stats.planning import proportion_power

RATES, LIFTS = (0.02, 0.1, 0.3), (0.0, 0.5, 1.0)
ARMS = ((50, 50), (100, 100), (200, 200), (400, 400), (80, 320), (320, 80))


def run(seed: int) -> pa.Table:
    """A row for each rate, lift and pair of arms; nothing is drawn, so `seed` plays no part."""
    rows = []
    for rate in RATES:
        for lift in LIFTS:
            for n_c, n_t in ARMS:
                planned = float(proportion_power(rate, rate * (1 + lift), n_c, n_t)) if lift else np.nan
                truth = exact_power(rate, rate * (1 + lift), n_c, n_t)
                rows.append((rate, lift, n_c, n_t, rate * min(n_c, n_t), planned, truth, planned - truth))
    names = ("control_rate", "lift", "control_units", "treatment_units", "expected_conversions", "planned",
             "true_power", "excess")  # fmt: skip
    columns = {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})
