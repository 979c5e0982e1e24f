"""Always-valid comparison of two conversion rates, exact at any count: a mixture over odds ratios.

Looks come in batches of new units. Given the successes of a batch in all, those of the treatment follow
Fisher's noncentral hypergeometric distribution, in which the odds ratio ψ is the only parameter: whatever the
base rate is, and however it drifts from batch to batch, it has gone. With L_k(log ψ) the log likelihood of all
batches until look k and π a distribution fixed beforehand, ∫ exp(L_k(t) − L_k(t₀)) dπ(t) is a martingale at
the true t₀, so it exceeds 1/α at some look with a probability of at most α (Robbins 1970; Fisher's
conditioning as in Gart 1970, Biometrika 57:471–475). π is normal around 0, for one-sided tests the half
of it beyond t₀.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special
from scipy.interpolate import CubicSpline

from microlift.stats.checks import FloatArray, check_alpha, check_counts, check_positive, check_whole
from microlift.stats.restricted import rates_at_odds_ratio
from microlift.stats.tables import as_tables

REACH, STEP = 12.0, 0.04
"""Log odds ratios are looked for up to this far from 0 (a factor of 160,000), on a grid of this step."""

GRID: FloatArray = np.asarray(
    np.arange(-round(REACH / STEP), round(REACH / STEP) + 1) * STEP, dtype=np.float64
)
WIDE = 4000
"""Possible successes of a batch above which they are not all summed."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(240)


@dataclass(frozen=True)
class OddsSequence:
    """By look: always-valid p of no effect, and the limits of the odds ratio that it inverts."""

    p_value: FloatArray
    low: FloatArray
    high: FloatArray


def odds_sequence(
    successes_t: ArrayLike,
    n_t: ArrayLike,
    successes_c: ArrayLike,
    n_c: ArrayLike,
    look: ArrayLike,
    alpha: float = 0.05,
    spread: float = 0.2,
    side: int = 0,
) -> OddsSequence:
    """Compare two arms over the looks 0, 1, …, max(look): arrays of (looks,), not monotone by themselves.

    Counts are those of batches: units that are new (in an allocation epoch), or whose outcome was still open,
    and their successes. `look` is the number of each batch's look. `spread` is the standard deviation of the
    log odds ratio that the mixture expects. `side` is 0 (two-sided), 1 (is ψ above 1?) or -1 (below?); then
    the other limit is 0 or infinite. Limits beyond a factor of exp(12) are given as 0 and infinite.

    Raises ValueError for impossible counts, or a `side`, `alpha` or `spread` out of range.
    """
    x_t, size_t = check_counts(successes_t, n_t, "successes_t", "n_t")
    x_c, size_c = check_counts(successes_c, n_c, "successes_c", "n_c")
    level, spread = check_alpha(alpha), check_positive(spread, "spread")
    if side not in (-1, 0, 1):
        raise ValueError(f"side must be -1, 0 or 1, got {side}")
    if side == -1:
        turned = odds_sequence(x_c, size_c, x_t, size_t, look, alpha, spread, 1)
        return OddsSequence(turned.p_value, np.zeros(len(turned.low)), _reciprocal(turned.low))
    number = check_whole(look, "look").astype(np.intp)
    if not number.shape == x_t.shape == x_c.shape or number.ndim != 1:
        raise ValueError(
            f"look and the counts must have one shape (batches,), got {number.shape}, {x_t.shape}, {x_c.shape}"
        )
    batches = np.zeros((int(number.max(initial=-1)) + 1, len(GRID)))
    for each, *counts in zip(number, x_t, size_t, x_c, size_c, strict=True):
        batches[each] += _log_likelihood(*counts)
    totals = np.cumsum(batches, axis=0)
    judged = [_judge(total, level, spread, side) for total in totals]
    p, low, high = np.array(judged, dtype=np.float64).reshape(-1, 3).T
    return OddsSequence(p, np.exp(low), np.exp(high))


def _reciprocal(values: FloatArray) -> FloatArray:
    return np.divide(1.0, values, out=np.full(values.shape, np.inf), where=values > 0)


def _log_likelihood(x_t: float, n_t: float, x_c: float, n_c: float) -> FloatArray:
    """Log probability of x_t given x_t + x_c on the grid of log odds ratios, up to a constant."""
    m = x_t + x_c
    k = np.arange(max(m - n_c, 0), min(m, n_t) + 1)
    if len(k) < 2:
        return np.zeros(len(GRID))
    log_ways: FloatArray = np.zeros(len(k))
    for value in (k, n_t - k, m - k, n_c - m + k):
        log_ways -= special.gammaln(value + 1)
    if len(k) <= WIDE:
        return x_t * GRID - special.logsumexp(log_ways + GRID[:, None] * k, axis=1)
    # Of a wide distribution only what lies near its middle counts: 12 standard deviations on either side.
    arms = as_tables(np.full(len(GRID), x_t), n_t, x_c, n_c)
    middle = n_t * rates_at_odds_ratio(arms, np.exp(GRID)[:, None])[0][:, 0]
    with np.errstate(divide="ignore"):
        spread = 1 / np.sqrt(sum(1 / np.abs(v) for v in (middle, n_t - middle, m - middle, n_c - m + middle)))
    reach = int(12 * spread.max() + 20)
    place = np.rint(middle - k[0]).astype(np.intp)[:, None] + np.arange(-reach, reach + 1)
    inside = (place >= 0) & (place < len(k))
    place = np.clip(place, 0, len(k) - 1)
    mass = np.where(inside, log_ways[place] + GRID[:, None] * k[place], -np.inf)
    return x_t * GRID - special.logsumexp(mass, axis=1)


class _Likelihood:
    """A concave log likelihood of the log odds ratio, and its mixtures."""

    def __init__(self, values: FloatArray, spread: float) -> None:
        self.curve, self.spread = CubicSpline(GRID, values), spread
        self.slope, self.bend = self.curve.derivative(), self.curve.derivative(2)
        self.peak = float(GRID[int(np.argmax(values))])

    def log_mixture(self, centre: float, one_sided: bool) -> float:
        """Log of the mixture over odds ratios around `centre`, or above it, relative to the likelihood there."""

        def slope(t: float) -> float:
            return float(self.slope(t)) - (t - centre) / self.spread**2

        low, high = max(centre, -REACH) if one_sided else -REACH, REACH
        if low >= high:
            return -700.0  # Nothing of the grid lies beyond.
        mode = (
            low if slope(low) <= 0 else high if slope(high) >= 0 else float(optimize.brentq(slope, low, high))
        )
        width = 12 / np.sqrt(max(-float(self.bend(mode)), 0.0) + 1 / self.spread**2)
        low, high = max(low, mode - width), min(high, mode + width)
        nodes = (high - low) / 2 * NODES + (high + low) / 2
        log_prior = -(((nodes - centre) / self.spread) ** 2) / 2 - np.log(self.spread * np.sqrt(2 * np.pi))
        mass = float(special.logsumexp(self.curve(nodes) + log_prior, b=WEIGHTS * (high - low) / 2))
        return mass + (np.log(2) if one_sided else 0.0) - float(self.curve(centre))


def _judge(values: FloatArray, alpha: float, spread: float, side: int) -> tuple[float, float, float]:
    """p of no effect, and limits of the log odds ratio, infinite beyond the grid."""
    likelihood = _Likelihood(values, spread)
    evidence = likelihood.log_mixture(0.0, side == 1)
    p = float(np.exp(-max(evidence, 0.0)))
    # The two-sided mixture stays around 0, whatever odds ratio is tested; the half of it moves along.
    fixed = evidence + float(likelihood.curve(0.0))

    def excess(t: float) -> float:
        log_evidence = likelihood.log_mixture(t, True) if side else fixed - float(likelihood.curve(t))
        return log_evidence + float(np.log(alpha))

    low = -np.inf if excess(-REACH) < 0 else float(optimize.brentq(excess, -REACH, likelihood.peak))
    if side:
        return p, low, np.inf
    high = np.inf if excess(REACH) < 0 else float(optimize.brentq(excess, likelihood.peak, REACH))
    return p, low, high
