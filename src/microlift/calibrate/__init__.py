"""What the methods really do: coverage and error rates by enumeration, or by simulation where that is impossible.

A study is a module here with `run(seed) -> pa.Table`: plain columns, and beside each simulated rate the column of
its Monte Carlo standard error. Its docstring says what it shows. It may have a `PLOT` (`plot.py`), drawn beside
its table. `microlift calibrate` runs the studies and writes their tables to `docs/calibration/`.
"""

from collections.abc import Callable

import pyarrow as pa

from microlift.calibrate import (
    interactions,
    means,
    monitoring,
    multiplicity,
    one_proportion,
    pooling,
    power,
    sample_ratio,
    sequential,
    shrinkage,
    two_proportion_limits,
    two_proportions,
    winners_curse,
)

Study = Callable[[int], pa.Table]
"""Takes a seed (studies by enumeration draw nothing and ignore it)."""

STUDIES: dict[str, Study] = {
    "interactions": interactions.run,
    "means": means.run,
    "monitoring": monitoring.run,
    "multiplicity": multiplicity.run,
    "one_proportion": one_proportion.run,
    "pooling": pooling.run,
    "power": power.run,
    "sample_ratio": sample_ratio.run,
    "sequential": sequential.run,
    "shrinkage": shrinkage.run,
    "two_proportion_limits": two_proportion_limits.run,
    "two_proportions": two_proportions.run,
    "winners_curse": winners_curse.run,
}
