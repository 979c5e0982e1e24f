"""Shrunk segments against raw ones, and against a posterior that takes the estimated spread as known.

`spread` is the standard deviation of the true effects in typical standard errors; the errors of the segments differ
up to threefold. `coverage` is of the 95% posterior intervals, over all segments; `plug_in_coverage` of those with τ
fixed at its estimate, which is why the spread is integrated over; `half_cauchy_coverage` of those under a prior of τ that
leans to 0, which is why the shipped one does not. `best_raw_bias` and `best_shrunk_bias` are of the
segment with the largest raw effect, in typical errors: the winner's curse, and what is left of it. `error_ratio` is
the mean squared error of the shrunk effects over that of the raw ones.
"""

import numpy as np
import pyarrow as pa

from microlift.stats.pooling import pool
from microlift.stats.shrinkage import shrink

SEGMENTS, SPREADS, DRAWS = (2, 3, 5, 10), (0.0, 0.5, 1.0, 2.0), 1200


def run(seed: int, draws: int = DRAWS) -> pa.Table:
    """A row for each number of segments and spread; raises ValueError for fewer than two draws."""
    if draws < 2:
        raise ValueError(f"draws must be at least 2, got {draws}")
    rng = np.random.default_rng(seed)
    rows = []
    for k in SEGMENTS:
        for spread in SPREADS:
            error = np.tile(np.geomspace(1 / np.sqrt(3), np.sqrt(3), k), (draws, 1))
            truth = 0.3 + spread * rng.standard_normal((draws, k))
            raw = truth + error * rng.standard_normal((draws, k))
            full = shrink(raw, error)
            tau = np.sqrt(pool(raw, error).tau2)
            plug = shrink(raw, error, spread=tau)
            cauchy = shrink(raw, error, prior="half_cauchy")
            covered, plugged, leaning = (
                ((p.low <= truth) & (truth <= p.high)).mean(axis=1) for p in (full, plug, cauchy)
            )
            best = np.argmax(raw, axis=1)[:, None]
            raw_bias, shrunk_bias = (
                np.take_along_axis(values - truth, best, axis=1)[:, 0] for values in (raw, full.estimate)
            )
            ratio = ((full.estimate - truth) ** 2).mean() / ((raw - truth) ** 2).mean()
            rows.append(
                (k, spread, covered.mean(), _error(covered), plugged.mean(), leaning.mean(), raw_bias.mean(),
                 shrunk_bias.mean(), _error(shrunk_bias), ratio)
            )  # fmt: skip
    names = ("segments", "spread", "coverage", "coverage_error", "plug_in_coverage", "half_cauchy_coverage", "best_raw_bias",
             "best_shrunk_bias", "bias_error", "error_ratio")  # fmt: skip
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))
