"""Both tails of the tests of two proportions without any effect, by enumeration of all outcomes.

Two arms of `units_smaller` and `ratio` times as many units convert at one rate, from one expected conversion in
the smaller arm to one half (above it, failures are the successes of below). A tail is the probability of
p < .05 in favour of the smaller or of the larger arm: nominally 2.5%. `shipped` is the rule of
`results_comparisons`; `score`, `corrected_score`, `fisher` (central), `barnard` and `boschloo` are its parts and
its rivals, `wald` the usual t-test of engines, with unpooled variances. Enumerated are outcomes within 5.5
standard deviations of both arms: what is left out has a probability below 10⁻⁷.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pyarrow as pa
from scipy import special

from microlift.calibrate.outcomes import likely
from microlift.calibrate.plot import Plot
from microlift.stats.checks import FloatArray
from microlift.stats.exact import exact_p_value
from microlift.stats.score import score_p_value
from microlift.stats.two_proportions import proportion_p_value
from microlift.stats.unconditional import barnard_p_value, boschloo_p_value

UNITS = (20, 25, 32, 41, 50, 74, 100, 123, 160, 200, 320, 500, 1000, 2000, 5000)
RATIOS = (1.0, 1.1, 1.2, 1.25, 1.33, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)
RATES = 32  # of each pair of arms
BANDS = ((1, 3), (3, 10), (10, np.inf))
SLOW = {"fisher": 200_000, "barnard": 3_000, "boschloo": 3_000}
"""Tests that are enumerated only where the product of the arms is at most this."""

PLOT = Plot(
    x="units_smaller",
    y="largest_tail",
    series="test",
    panel="ratio",
    reference=0.025,
    log_x=True,
    title="Largest tail (nominal 2.5%) of two-sided 5% tests, by units of the smaller arm and ratio",
)


def wald_p_value(x_t: FloatArray, n_t: int, x_c: FloatArray, n_c: int) -> FloatArray:
    """The t-test of two means of zeros and ones as usual engines do it; 1 where there is no variance."""
    rate_t, rate_c = x_t / n_t, x_c / n_c
    variance = rate_t * (1 - rate_t) / (n_t - 1) + rate_c * (1 - rate_c) / (n_c - 1)
    z = (rate_t - rate_c) / np.sqrt(np.maximum(variance, 1e-300))
    return np.where(variance > 0, special.erfc(np.abs(z) / np.sqrt(2)), 1.0)


TESTS: dict[str, Callable[..., FloatArray]] = {
    "shipped": proportion_p_value,
    "score": score_p_value,
    "corrected_score": partial(score_p_value, skewness=True),
    "wald": wald_p_value,
    "fisher": exact_p_value,
    "barnard": barnard_p_value,
    "boschloo": boschloo_p_value,
}


def run(seed: int) -> pa.Table:
    """A row a test, pair of arms and band of expected conversions; nothing is drawn, the seed is ignored."""
    return pa.Table.from_pylist(
        [
            row
            for units in UNITS
            for ratio in RATIOS
            for row in tails(units, round(units * ratio), ratio, TESTS)
        ]
    )


def tails(
    smaller: int, larger: int, ratio: float, tests: dict[str, Callable[..., FloatArray]]
) -> list[dict[str, object]]:
    """The largest tails of each test for two arms, a row a test and band of expected conversions."""
    rates = np.unique(
        np.concatenate(
            [np.geomspace(1 / smaller, 0.5, RATES // 2), np.linspace(1 / smaller, 0.5, RATES // 2)]
        )
    )
    found: dict[str, list[tuple[float, float]]] = {
        name: [] for name in tests if smaller * larger <= SLOW.get(name, np.inf)
    }
    known: dict[str, FloatArray] = {}
    if smaller * larger <= max(SLOW.values()):  # all outcomes at once, for all rates
        x_t, x_c = (axis.ravel() for axis in np.mgrid[: smaller + 1, : larger + 1])
        known = {name: tests[name](x_t, smaller, x_c, larger) for name in found}
    for rate in rates:
        x_t, x_c, mass = likely(smaller, rate, larger, rate)
        ahead = x_t * larger > x_c * smaller
        for name, results in found.items():
            p = known[name][x_t * (larger + 1) + x_c] if known else tests[name](x_t, smaller, x_c, larger)
            wrong = np.where(p < 0.05, mass, 0.0)
            results.append((float(wrong[ahead].sum()), float(wrong[~ahead].sum())))
    rows: list[dict[str, object]] = []
    for name, results in found.items():
        both = np.array(results)
        for low, high in BANDS:
            inside = np.flatnonzero((rates * smaller >= low * (1 - 1e-9)) & (rates * smaller < high))
            if not inside.size:
                continue
            worst = inside[both[inside].max(axis=1).argmax()]
            rows.append(
                {
                    "test": name,
                    "units_smaller": smaller,
                    "units_larger": larger,
                    "ratio": ratio,
                    "expected_conversions_from": low,
                    "largest_tail": float(both[inside].max()),
                    "rate_at_largest": float(rates[worst]),
                    "largest_tail_for_smaller": float(both[inside, 0].max()),
                    "largest_tail_for_larger": float(both[inside, 1].max()),
                }
            )
    return rows
