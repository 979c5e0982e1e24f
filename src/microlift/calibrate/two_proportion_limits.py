"""Non-coverage of both limits of two proportions, by enumeration: with and without an effect, on every scale.

For every pair of rates (`RATES`) with at least one expected conversion in one arm, all outcomes are summed. A
miss above is an interval that lies above the true value, a miss below one that lies below it: each is nominally
at most 2.5%. `shipped` is the rule of `results_comparisons`, `unconditional` the exact limits that it does not use
for their cost, `score` and `corrected_score` the plain and the corrected score limits alone.
"""

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pyarrow as pa
from scipy import stats

from microlift.calibrate.plot import Plot
from microlift.stats.checks import FloatArray
from microlift.stats.interval import Interval
from microlift.stats.score import score_intervals
from microlift.stats.two_proportions import compare_proportions
from microlift.stats.unconditional import unconditional_difference, unconditional_ratio

ARMS = ((20, 20), (12, 36), (50, 50), (30, 120), (40, 360), (100, 100), (100, 300))
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5)
SMALL = 500
"""The unconditional limits are enumerated only for arms whose product is at most this."""

PLOT = Plot(
    x="outcomes",
    y="largest_miss",
    series="method",
    panel="scale",
    reference=0.025,
    log_x=True,
    title="Largest non-coverage of one limit (nominal 2.5%), by the number of outcomes of the arms",
)

Intervals = dict[str, Interval]


def shipped(x_t: FloatArray, n_t: int, x_c: FloatArray, n_c: int) -> Intervals:
    found = compare_proportions(x_t, n_t, x_c, n_c)
    return {
        "difference": Interval(found.difference_low, found.difference_high),
        "ratio": Interval(1 + found.relative_lift_low, 1 + found.relative_lift_high),
        "odds_ratio": Interval(found.odds_ratio_low, found.odds_ratio_high),
    }


def unconditional(x_t: FloatArray, n_t: int, x_c: FloatArray, n_c: int) -> Intervals:
    counts = (x_t, n_t, x_c, n_c)
    return {"difference": unconditional_difference(*counts), "ratio": unconditional_ratio(*counts)}


def scores(skewness: bool) -> Callable[..., Intervals]:
    """The score limits alone, corrected for skewness or not."""

    def limits(x_t: FloatArray, n_t: int, x_c: FloatArray, n_c: int) -> Intervals:
        found = score_intervals(x_t, n_t, x_c, n_c, skewness=skewness)
        return {"difference": found.difference, "ratio": found.ratio, "odds_ratio": found.odds_ratio}

    return limits


METHODS: dict[str, Callable[..., Intervals]] = {
    "shipped": shipped,
    "score": scores(False),
    "corrected_score": scores(True),
    "unconditional": unconditional,
}


def run(seed: int) -> pa.Table:
    """A row a method, pair of arms and scale; nothing is drawn, so the seed is ignored."""
    return pa.Table.from_pylist([row for n_t, n_c in ARMS for row in misses(n_t, n_c)])


def misses(n_t: int, n_c: int) -> Iterator[dict[str, object]]:
    """The largest non-coverage of either limit over the pairs of rates, a row a method and scale."""
    x_t, x_c = (axis.ravel() for axis in np.mgrid[: n_t + 1, : n_c + 1])
    rates = [pair for pair in product(RATES, RATES) if n_t * pair[0] >= 1 or n_c * pair[1] >= 1]
    masses = np.array([stats.binom.pmf(x_t, n_t, t) * stats.binom.pmf(x_c, n_c, c) for t, c in rates])
    for name, method in METHODS.items():
        if name == "unconditional" and n_t * n_c > SMALL:
            continue
        for scale, interval in method(x_t, n_t, x_c, n_c).items():
            true = np.array([_value(scale, t, c) for t, c in rates])[:, None]
            above = (masses * (interval.low > true + 1e-9)).sum(axis=1)
            below = (masses * (interval.high < true - 1e-9)).sum(axis=1)
            worst = int(np.maximum(above, below).argmax())
            yield {
                "method": name,
                "units_t": n_t,
                "units_c": n_c,
                "outcomes": len(x_t),
                "scale": scale,
                "largest_miss": float(max(above.max(), below.max())),
                "largest_miss_above": float(above.max()),
                "largest_miss_below": float(below.max()),
                "mean_coverage": float((1 - above - below).mean()),
                "rate_t_at_largest": rates[worst][0],
                "rate_c_at_largest": rates[worst][1],
            }


def _value(scale: str, rate_t: float, rate_c: float) -> float:
    if scale == "difference":
        return rate_t - rate_c
    odds = 1.0 if scale == "ratio" else (1 - rate_c) / (1 - rate_t)
    return rate_t / rate_c * odds
