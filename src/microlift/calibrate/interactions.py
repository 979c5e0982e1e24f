"""Size of the interaction tests where segments are thin: the share of p below a level, with no interaction.

Two variants over segments whose rates run from half to one and a half of the given one; both variants convert
alike. Compared are the likelihood ratio, Pearson's χ² at the additive fit, the smaller of the two in sparse tables
(what `results_interactions` does), Firth's penalised likelihood ratio and Breslow–Day–Tarone. A size above the
level is a test that finds too much; far below it, one that finds too little.
"""

import numpy as np
import pyarrow as pa

from microlift.stats.homogeneity import breslow_day
from microlift.stats.interactions import conversion_interaction, likelihood_ratio
from microlift.stats.omnibus import chi_squared_p

SIZES = {
    "3 of 400": [400] * 3,
    "1,000 to 100": [1000, 200, 100, 100],
    "8 of 200": [200] * 8,
    "3,000 to 60": [3000, 300, 100, 60, 60, 60],
}
SHARES, RATES, LEVELS = (0.5, 0.9), (0.01, 0.03, 0.1), (0.05, 0.005)


def run(seed: int, runs: int = 10_000) -> pa.Table:
    """A row a design, test and level: `size`, and its Monte Carlo `standard_error`."""
    random = np.random.default_rng(seed)
    rows = []
    for name, sizes in SIZES.items():
        for share in SHARES:
            first = np.round(np.array(sizes) * share)
            n = np.stack([first, np.array(sizes) - first])
            for rate in RATES:
                x = random.binomial(n.astype(int), rate * np.linspace(0.5, 1.5, len(sizes)), (runs, *n.shape))
                for test, p in _p_values(x.astype(float), np.broadcast_to(n, x.shape)).items():
                    for level in LEVELS:
                        size = float((p < level).mean())
                        error = float(np.sqrt(size * (1 - size) / runs))
                        rows.append((name, share, rate, test, level, size, error, runs))
    names = (
        "units_of_segments",
        "share_of_control",
        "rate",
        "test",
        "level",
        "size",
        "standard_error",
        "runs",
    )
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


def _p_values(x: np.ndarray, n: np.ndarray) -> dict[str, np.ndarray]:
    shipped = conversion_interaction(x, n)
    deviance, score, _ = likelihood_ratio(x, n)
    common = breslow_day(x[:, 1], n[:, 1], x[:, 0], n[:, 0])
    return {
        "likelihood_ratio": chi_squared_p(deviance, shipped.df),
        "pearson": chi_squared_p(score, shipped.df),
        "as_shipped": shipped.p_value,
        "penalised": shipped.penalised_p_value,
        "breslow_day_tarone": common.p_value,
    }
