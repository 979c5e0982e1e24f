"""Bootstrap of differences and lifts of means and quantiles, from weighted histograms.

A resample of an arm draws as many units as it has, with replacement. What is needed of it is one number, its mean
or its quantile, and that number is drawn without going through the units:

- **mean**: how often each distinct value comes is multinomial. Up to `DIRECT` distinct values all are drawn. Of
  more, the values farthest from the mean are, and how many units the rest gives; the sum of the rest, thousands of
  small pieces or a few dozen like ones, is drawn from its normal limit with the first Cornish–Fisher term. Both
  moments and the skewness are those of the resample, and what is neglected is far below the Monte Carlo error.
- **quantile**: the order statistic of a resample is the value at which the distribution function passes a
  Beta(k, n + 1 − k) number. That is exact, and costs the same for any n.

Every draw comes from the generator that is handed in. Strata (allocation epochs) are resampled apart, and their
differences weighted by n_t n_c / (n_t + n_c), as in `compare_means`.

Sources: Efron & Tibshirani (1993), An Introduction to the Bootstrap, 13.3, 14.3 and 15.4; Schultzberg & Ankargren
(2022), "Resampling-free bootstrap inference for quantiles"; Cornish & Fisher (1938).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from microlift.stats.checks import FloatArray, check_confidence
from microlift.stats.histograms import Histogram, quantile_rank, sample_quantile

DIRECT = 400
METHODS = ("percentile", "bca")

Statistic = Callable[[Histogram], float]
Draw = Callable[[Histogram, np.random.Generator, int], FloatArray]


@dataclass(frozen=True)
class BootstrapComparison:
    """Treatment against control. `relative_lift` is the difference over the control's statistic.

    `p_value` is two-sided and inverts the interval of the difference: p < 1 − confidence exactly when that
    excludes 0. So it does with the lift's (percentile), unless the control is 0. BCa is of the difference alone:
    its lift has no limits (NaN). A limit may be infinite where the control of a resample is 0 or below, or the
    level is beyond the outermost resample.
    `probability_positive` is the share of the resamples whose difference is above 0, ties as one half, and
    `mean_shortfall` and `mean_excess` their mean below and above 0. Where nothing can be resampled (no stratum
    with two units an arm, no spread) all but the estimates is NaN.
    """

    difference: float
    difference_low: float
    difference_high: float
    relative_lift: float
    relative_lift_low: float
    relative_lift_high: float
    p_value: float
    probability_positive: float
    mean_shortfall: float
    mean_excess: float


def mean_draws(data: Histogram, rng: np.random.Generator, size: int) -> FloatArray:
    """Means of `size` resamples."""
    n, mean = data.n, data.mean
    off = data.values - mean
    # The farthest values are drawn one by one; the last column is how many units the rest gives.
    order = np.argsort(np.abs(off), kind="stable")
    rest, far = order[: max(len(order) - DIRECT, 0)], order[max(len(order) - DIRECT, 0) :]
    shares = np.append(data.units[far], data.units[rest].sum()) / n
    counts = rng.multinomial(int(n), shares / shares.sum(), size)
    total = counts[:, :-1] @ off[far]
    if len(rest):
        weight = data.units[rest] / data.units[rest].sum()
        middle = weight @ off[rest]
        around = off[rest] - middle
        spread = np.sqrt(weight @ around**2)
        skew = (weight @ around**3) / spread**3 if spread > 0 else 0.0
        drawn, z = counts[:, -1], rng.standard_normal(size)
        wave = np.sqrt(drawn) * z + skew / 6 * (z**2 - 1)
        total = total + drawn * middle + spread * np.where(drawn > 0, wave, 0.0)
    if data.hidden > 0:
        total = total + np.sqrt(data.hidden) * rng.standard_normal(size)
    return np.asarray(mean + total / n, dtype=np.float64)


def quantile_draws(data: Histogram, q: float, rng: np.random.Generator, size: int) -> FloatArray:
    """The q quantiles of `size` resamples (`sample_quantile` of each)."""
    rank = quantile_rank(data.n, q)
    share = np.cumsum(data.units) / data.n
    place = np.searchsorted(share, rng.beta(rank, data.n + 1 - rank, size), side="left")
    return data.values[np.minimum(place, len(share) - 1)]


def compare_resamples(
    t: Sequence[Histogram],
    c: Sequence[Histogram],
    rng: np.random.Generator,
    quantile: float | None = None,
    confidence: float = 0.95,
    method: str = "percentile",
    resamples: int = 10_000,
) -> BootstrapComparison:
    """Bootstrap the difference of two arms' means, or of their quantiles; a histogram a stratum in each.

    Strata with fewer than two units in an arm are left out. Raises ValueError for a method that is neither
    `percentile` nor `bca`, a `bca` of a quantile (its acceleration needs a smooth statistic), arms of different
    numbers of strata, fewer than 100 resamples or a quantile or confidence outside (0, 1).
    """
    alpha = 1 - check_confidence(confidence)
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    if method == "bca" and quantile is not None:
        raise ValueError("method must be percentile for a quantile, got 'bca'")
    if len(t) != len(c):
        raise ValueError(f"t and c must have one histogram a stratum, got {len(t)} and {len(c)}")
    if resamples < 100:
        raise ValueError(f"resamples must be at least 100, got {resamples}")
    statistic, draw = _of_mean() if quantile is None else _of_quantile(quantile)
    able = [(a, b) for a, b in zip(t, c, strict=True) if a.n >= 2 and b.n >= 2]
    shared = able or [(a, b) for a, b in zip(t, c, strict=True) if a.n > 0 and b.n > 0]
    if not shared:
        return _unknown(float("nan"), float("nan"))
    weights = np.array([a.n * b.n / (a.n + b.n) for a, b in shared])
    weights = weights / weights.sum()
    difference = float(weights @ [statistic(a) - statistic(b) for a, b in shared])
    control = float(weights @ [statistic(b) for _, b in shared])
    if not able or not any(arm.m2 > 0 for pair in able for arm in pair):
        return _unknown(difference, control)
    drawn = np.zeros((2, resamples))
    for weight, (a, b) in zip(weights, able, strict=True):
        of_t, of_c = draw(a, rng, resamples), draw(b, rng, resamples)
        drawn += weight * np.array([of_t - of_c, of_c])
    bias, acceleration = (0.0, 0.0) if method == "percentile" else _bca(drawn[0], difference, able, weights)
    low, high = _limits(drawn[0], alpha, bias, acceleration)
    lift_low, lift_high = (
        _limits(_ratio(drawn[0], drawn[1]), alpha, 0.0, 0.0) if method == "percentile" else (np.nan, np.nan)
    )
    above, below = float((drawn[0] > 0).mean()), float((drawn[0] < 0).mean())
    return BootstrapComparison(
        difference, low, high,
        float(_ratio(np.array([difference]), np.array([control]), exact=True)[0]), lift_low, lift_high,
        _p_value(drawn[0], bias, acceleration), (1 + above - below) / 2,
        float(np.maximum(-drawn[0], 0).mean()), float(np.maximum(drawn[0], 0).mean()),
    )  # fmt: skip


def _of_mean() -> tuple[Statistic, Draw]:
    return (lambda data: data.mean), mean_draws


def _of_quantile(q: float) -> tuple[Statistic, Draw]:
    return (lambda data: sample_quantile(data, q)), lambda data, rng, size: quantile_draws(data, q, rng, size)


def _unknown(difference: float, control: float) -> BootstrapComparison:
    lift = float(_ratio(np.array([difference]), np.array([control]), exact=True)[0])
    nan = float("nan")
    return BootstrapComparison(difference, nan, nan, lift, nan, nan, nan, nan, nan, nan)


def _ratio(difference: FloatArray, control: FloatArray, exact: bool = False) -> FloatArray:
    """difference / control; of a resample whose control is 0 or below, infinite with the difference's sign.

    So a resample's lift always has the sign of its difference, and both say the same of "no effect". With
    `exact` the plain ratio, NaN where the control is 0.
    """
    if exact:
        return np.divide(difference, control, out=np.full(len(control), np.nan), where=control != 0)
    beyond = np.where(difference == 0, 0.0, np.copysign(np.inf, difference))
    return np.divide(difference, control, out=beyond, where=control > 0)


def _limits(drawn: FloatArray, alpha: float, bias: float, acceleration: float) -> tuple[float, float]:
    """The outermost resamples but those of the tails: ranks k < a(R + 1), so that p inverts the limits."""
    ordered, size = np.sort(drawn), len(drawn)
    tails = [_bca_level(alpha / 2, bias, acceleration), _bca_level(1 - alpha / 2, bias, acceleration)]
    low = int(np.ceil(tails[0] * (size + 1))) - 1
    high = int(np.ceil((1 - tails[1]) * (size + 1))) - 1
    # Ranks from 1; a level beyond the outermost resample has no limit.
    return (
        float(ordered[low - 1]) if low >= 1 else -np.inf,
        float(ordered[size - high]) if high >= 1 else np.inf,
    )


def _p_value(drawn: FloatArray, bias: float, acceleration: float) -> float:
    size = len(drawn)
    tails = []
    for share, side in (((drawn <= 0).sum(), 1), ((drawn >= 0).sum(), -1)):
        level = min((share + 1) / (size + 1), size / (size + 1))
        w = special.ndtri(level) - side * bias
        tails.append(float(special.ndtr(w / max(1 + side * acceleration * w, 1e-9) - side * bias)))
    return min(1.0, 2 * min(tails))


def _bca_level(level: float, bias: float, acceleration: float) -> float:
    """Efron's corrected level (Efron & Tibshirani 1993, 14.10)."""
    z = bias + special.ndtri(level)
    return float(special.ndtr(bias + z / max(1 - acceleration * z, 1e-9)))


def _bca(
    drawn: FloatArray, difference: float, pairs: list[tuple[Histogram, Histogram]], weights: FloatArray
) -> tuple[float, float]:
    """Bias z₀ from the share of resamples below the estimate, acceleration from the jackknife of a mean."""
    share = ((drawn < difference).sum() + (drawn <= difference).sum()) / (2 * len(drawn))
    half = 0.5 / len(drawn)
    bias = float(special.ndtri(np.clip(share, half, 1 - half)))
    cube = square = 0.0
    for weight, (a, b) in zip(weights, pairs, strict=True):
        for arm, sign in ((a, 1), (b, -1)):
            off = weight * (arm.values - arm.mean) / arm.n
            cube += sign * float(arm.units @ off**3)
            square += float(arm.units @ off**2)
    return bias, cube / (6 * square**1.5) if square > 0 else 0.0
