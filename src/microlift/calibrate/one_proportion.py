"""Coverage of every interval of one proportion, by enumeration: its exact minimum, its mean, and both tails.

Between two neighbouring limits the set of outcomes that cover a rate does not change, and its probability has
one peak; so the infimum over a band of rates is found at the limits themselves, from either side, and at the
ends of the band. The mean is over rates spread evenly in the logarithm. A tail is the probability that the
interval lies above the rate (`largest_miss_above`) or below it.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import special

from microlift.calibrate.plot import Plot
from microlift.stats.checks import FloatArray
from microlift.stats.interval import Interval
from microlift.stats.proportions import beta_posterior, clopper_pearson, jeffreys, wilson

METHODS: dict[str, Callable[..., Interval]] = {
    "clopper_pearson": clopper_pearson,
    "wilson": wilson,
    "jeffreys": jeffreys,
    "beta_posterior": beta_posterior,
}
UNITS = (20, 30, 50, 100, 200, 500, 1000, 2000, 5000)
BANDS = ((0.001, 0.01), (0.01, 0.1), (0.1, 0.5))
MEAN_OVER = 400  # rates of a band

PLOT = Plot(
    x="units",
    y="minimum_coverage",
    series="method",
    panel="rate_from",
    worst="min",
    reference=0.95,
    log_x=True,
    title="Least coverage of 95% intervals of one proportion, by rate band",
)


def run(seed: int) -> pa.Table:
    """A row a method, number of units and band of rates; nothing is drawn, so the seed is ignored."""
    rows = [
        {
            "method": name,
            "units": n,
            "rate_from": low,
            "rate_to": high,
            **_coverage(method(np.arange(n + 1), n), n, low, high),
        }
        for name, method in METHODS.items()
        for n in UNITS
        for low, high in BANDS
    ]
    return pa.Table.from_pylist(rows)


def _coverage(limits: Interval, n: int, low: float, high: float) -> dict[str, float]:
    ends = np.concatenate([limits.low, limits.high])
    rates = np.concatenate([ends[(ends > low) & (ends < high)], [low, high]])
    below, above = (
        np.concatenate(sides)
        for sides in zip(*(_misses(limits, n, rates, side) for side in ("left", "right")), strict=True)
    )
    covered = 1 - below - above
    least = int(covered.argmin())
    spread = np.exp(np.linspace(np.log(low), np.log(high), MEAN_OVER))
    return {
        "minimum_coverage": float(covered[least]),
        "rate_at_minimum": float(np.concatenate([rates, rates])[least]),
        "mean_coverage": float(np.mean(1 - np.add(*_misses(limits, n, spread, "left")))),
        "largest_miss_below": float(below.max()),
        "largest_miss_above": float(above.max()),
    }


def _misses(limits: Interval, n: int, rates: FloatArray, side: str) -> tuple[FloatArray, FloatArray]:
    """Probability that the interval ends below each rate, and that it starts above it.

    Left or right of the rate itself: at a limit the two differ.
    """
    too_low: NDArray[np.intp] = np.searchsorted(limits.high, rates, side=side)  # type: ignore[call-overload]
    not_too_high: NDArray[np.intp] = np.searchsorted(limits.low, rates, side=side)  # type: ignore[call-overload]
    below = np.where(too_low > 0, special.bdtr(np.maximum(too_low - 1, 0), n, rates), 0.0)
    above = np.where(not_too_high <= n, special.bdtrc(np.maximum(not_too_high - 1, 0), n, rates), 0.0)
    return below, above
