"""Coverage of the mean of repeats by the fixed interval, the shipped random one, and DerSimonian and Laird's.

`tau` is the standard deviation between the true effects in typical standard errors; the errors of the repeats differ
up to threefold. The fixed interval is right where there is no difference, and far too short elsewhere. DerSimonian and
Laird's with a normal quantile covers too little with few repeats; Hartung and Knapp's holds, at the price of length.
"""

import numpy as np
import pyarrow as pa

from microlift.stats.pooling import pool

REPEATS, TAUS, DRAWS, Z = (2, 3, 5, 10, 20), (0.0, 0.5, 1.0, 2.0), 20_000, 1.959964


def run(seed: int, draws: int = DRAWS) -> pa.Table:
    """A row for each number of repeats and τ."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in REPEATS:
        for tau in TAUS:
            error = np.tile(np.geomspace(1 / np.sqrt(3), np.sqrt(3), k), (draws, 1))
            estimate = tau * rng.standard_normal((draws, k)) + error * rng.standard_normal((draws, k))
            shipped, classic = pool(estimate, error), pool(estimate, error, method="dersimonian_laird")
            reach = Z / np.sqrt((1 / (error**2 + classic.tau2[:, None])).sum(axis=1))
            cover = [
                float(np.mean((low <= 0) & (high >= 0)))
                for low, high in (
                    (shipped.fixed_low, shipped.fixed_high),
                    (shipped.random_low, shipped.random_high),
                    (classic.random - reach, classic.random + reach),
                )
            ]
            length = float(np.median(shipped.random_high - shipped.random_low) / np.median(2 * reach))
            worst = max(np.sqrt(share * (1 - share) / draws) for share in cover)
            rows.append((k, tau, *cover, worst, length))
    names = ("repeats", "tau", "fixed_coverage", "random_coverage", "normal_coverage", "coverage_error",
             "random_length_over_normal")  # fmt: skip
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
