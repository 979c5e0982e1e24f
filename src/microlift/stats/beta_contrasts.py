"""Posterior of the difference and of the relative lift of two conversion rates, by quadrature, no random draws.

P(p_t ≤ g(p_c)) is the integral of F_t(g(p)) over the posterior of the control, with g(p) = p + δ or r·p, taken on its
logit axis. Where all parameters are above `MANY` everything is smooth at the scale of the narrower arm, and equal steps
over that one converge at once. Elsewhere Gauss–Legendre panels are cut where either arm has its mode, its shoulders
and its ends. Errors of a probability are below 1e-8 up to 1e10 observations (1e-4 at 1e12), and below 1e-5 where a
parameter is below 1; limits are the values at which it meets its level.

Parameters are those of the beta posteriors (prior + counts), arrays of any shapes that broadcast, above 0 and at most
2^53; a ValueError names what is not.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from microlift.stats.bayes import BetaArm, positive_parameters
from microlift.stats.checks import FloatArray, as_floats, two_sided_quantile
from microlift.stats.interval import Interval
from microlift.stats.inversion import LOG_RATIO_BOUND, crossing, ratio_limits
from microlift.stats.means import broadcast

SCALES = ("difference", "relative_lift")
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
MANY = 10.0
"""Posteriors whose parameters are all above are smooth enough for equal steps."""
STEPS = 48
CELLS = 1_000  # worked off at once, to bound the memory


class _Pair(NamedTuple):
    """Posteriors of treatment and control, one a cell."""

    t: BetaArm
    c: BetaArm

    def take(self, cells: NDArray[np.intp]) -> "_Pair":
        return _Pair(*(BetaArm(arm.alpha[cells], arm.beta[cells]) for arm in self))


def beta_contrast_interval(
    alpha_t: ArrayLike, beta_t: ArrayLike, alpha_c: ArrayLike, beta_c: ArrayLike,
    confidence: float = 0.95, scale: str = "difference",
) -> Interval:  # fmt: skip
    """Equal-tailed credible interval of p_t − p_c, or of the relative lift p_t / p_c − 1, by `scale`.

    It excludes no effect exactly when the posterior probability of one sign is beyond (1 + confidence)/2. A limit of
    a lift beyond a factor of exp(±200) is −1 or infinite. Raises ValueError for an unknown scale or a confidence
    outside (0, 1) too.
    """
    pair, shape, _ = _checked((alpha_t, beta_t, alpha_c, beta_c), scale)
    z = two_sided_quantile(confidence)

    def statistic(parameter: FloatArray, cells: NDArray[np.intp]) -> FloatArray:
        """Probit of P(contrast > parameter); a ratio is searched by its log."""
        value = parameter if scale == "difference" else np.exp(parameter)
        below, above = _sides(pair.take(cells), value, scale)
        probit = special.ndtri(np.maximum(np.minimum(below, above), 1e-300))
        return np.where(above < below, probit, -probit)

    centre = _about(pair, scale, 0.0)
    bound = 1.0 if scale == "difference" else LOG_RATIO_BOUND
    low, high = (
        crossing(statistic, target, len(centre), bound, (centre, _about(pair, scale, -target)))
        for target in (z, -z)
    )
    if scale == "difference":
        return Interval(low.reshape(shape), high.reshape(shape))
    ratio = ratio_limits(low.reshape(shape), high.reshape(shape))
    return Interval(ratio.low - 1, ratio.high - 1)


def beta_probability_within(
    alpha_t: ArrayLike, beta_t: ArrayLike, alpha_c: ArrayLike, beta_c: ArrayLike,
    low: ArrayLike, high: ArrayLike, scale: str = "difference",
) -> FloatArray:  # fmt: skip
    """P(low < contrast < high): that the effect lies inside a region of practical equivalence.

    `low` and `high` are on the `scale`, a difference of rates or a relative lift, and may be infinite. Raises
    ValueError for limits that are missing or cross, too.

    Source: Kruschke (2018), Advances in Methods and Practices in Psychological Science 1:270–280, for the region.
    """
    limits = []
    for values, name in ((low, "low"), (high, "high")):
        limit = as_floats(values, name)
        if np.isnan(limit).any():
            raise ValueError(f"{name} must not be missing, got nan")
        limits.append(limit)
    pair, shape, (lower, upper) = _checked((alpha_t, beta_t, alpha_c, beta_c), scale, *limits)
    if (lower > upper).any():
        raise ValueError(
            f"low must not be above high, got {lower[lower > upper][0]} and {upper[lower > upper][0]}"
        )
    sides = []
    for limit in (lower, upper):
        # Beyond what is possible nothing changes.
        value = np.clip(limit, -1, 1) if scale == "difference" else np.clip(limit, -1, 1e100) + 1
        sides.append(_sides(pair, value, scale))
    (below_low, above_low), (below_high, above_high) = sides
    # From the nearer end, so that a small probability is no difference of numbers near 1.
    inside = np.where(below_high < 0.5, below_high - below_low, above_low - above_high)
    return np.clip(inside, 0, 1).reshape(shape)


def _checked(
    parameters: tuple[ArrayLike, ...], scale: str, *more: FloatArray
) -> tuple[_Pair, tuple[int, ...], list[FloatArray]]:
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, got {scale!r}")
    names = ("alpha_t", "beta_t", "alpha_c", "beta_c")
    arrays = positive_parameters(*zip(parameters, names, strict=True))
    every = broadcast(*zip([*arrays, *more], [*names, "low", "high"], strict=False))
    alpha_t, beta_t, alpha_c, beta_c, *others = (array.ravel() for array in every)
    return _Pair(BetaArm(alpha_t, beta_t), BetaArm(alpha_c, beta_c)), every[0].shape, others


def _about(pair: _Pair, scale: str, z: float) -> FloatArray:
    """About the quantile of the contrast at the normal quantile z, to start the search from: Cornish and Fisher's."""
    parts = [_cumulants(arm, scale) for arm in pair]
    mean, variance, third = (of_t + sign * of_c for of_t, of_c, sign in zip(*parts, (-1, 1, -1), strict=True))
    deviation = np.sqrt(variance)
    return mean + deviation * (z + third / deviation**3 / 6 * (z * z - 1))


def _cumulants(arm: BetaArm, scale: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The first three of a rate, or of its log."""
    a, b = arm.alpha, arm.beta
    total = a + b
    if scale == "difference":
        variance = arm.mean * (b / total) / (total + 1)
        return arm.mean, variance, 2 * variance * ((b - a) / total / (total + 2))
    mean = special.digamma(a) - special.digamma(total)
    variance, third = (special.polygamma(k, a) - special.polygamma(k, total) for k in (1, 2))
    return mean, variance, third


def _sides(pair: _Pair, value: FloatArray, scale: str) -> tuple[FloatArray, FloatArray]:
    """P(contrast ≤ value) and P(contrast > value), (cells,); of a ratio, the value is that of p_t / p_c."""
    below, above = np.empty(len(value)), np.empty(len(value))
    many = np.minimum.reduce([pair.t.alpha, pair.t.beta, pair.c.alpha, pair.c.beta]) > MANY
    for kind, method in ((False, _by_panels), (True, _by_even_steps)):
        group = np.flatnonzero(many == kind)
        for start in range(0, len(group), CELLS):
            cells = group[start : start + CELLS]
            below[cells], above[cells] = method(pair.take(cells), value[cells], scale)
    return below, above


def _by_even_steps(pair: _Pair, value: FloatArray, scale: str) -> tuple[FloatArray, FloatArray]:
    """The integral over the narrower posterior by equal steps, which converge at once where all is smooth."""
    spreads = [_cumulants(arm, scale)[1] for arm in pair]
    turn = spreads[0] < spreads[1]
    t, c = (
        BetaArm(np.where(turn, other.alpha, arm.alpha), np.where(turn, other.beta, arm.beta))
        for arm, other in (pair, pair[::-1])
    )
    with np.errstate(divide="ignore"):
        turned = -value if scale == "difference" else np.minimum(1 / value, 1e300)
    low, high = c.logit_range()
    z = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, STEPS)
    below, above = _integrals(_Pair(t, c), np.where(turn, turned, value), scale, z, np.ones(STEPS))
    return np.where(turn, above, below), np.where(turn, below, above)


def _by_panels(pair: _Pair, value: FloatArray, scale: str) -> tuple[FloatArray, FloatArray]:
    return _integrals(pair, value, scale, *_grid(pair, value, scale))


def _integrals(
    pair: _Pair, value: FloatArray, scale: str, z: FloatArray, width: FloatArray
) -> tuple[FloatArray, FloatArray]:
    density = pair.c.relative_density(z) * width
    density /= density.sum(axis=1, keepdims=True)
    p, rest, shift = special.expit(z), special.expit(-z), value[:, None]
    # 1 − x from its own parts: x itself may round to 1.
    x, from_one = (p + shift, rest - shift) if scale == "difference" else (shift * p, 1 - shift * p)
    upper = x > 0.5
    alpha, beta = pair.t.alpha[:, None], pair.t.beta[:, None]
    end = np.clip(np.where(upper, from_one, x), 0.0, 1.0)
    tail = special.betainc(np.where(upper, beta, alpha), np.where(upper, alpha, beta), end)
    near, far = density * tail, density * (1 - tail)
    return np.where(upper, far, near).sum(axis=1), np.where(upper, near, far).sum(axis=1)


def _grid(pair: _Pair, value: FloatArray, scale: str) -> tuple[FloatArray, FloatArray]:
    """Points and weights on the logit axis of the control, (cells, points)."""
    low, high = pair.c.logit_range()
    of_c, of_t = (_landmarks(arm) for arm in pair[::-1])
    p, none = special.expit(of_t), np.zeros((len(value), 1))
    p = np.concatenate([none, p, none + 1], axis=1)
    at = value[:, None]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        moved = p - at if scale == "difference" else p / at
    moved = special.logit(np.clip(np.nan_to_num(moved, nan=0.0), 1e-300, 1 - 1e-16))
    edges = np.sort(np.clip(np.concatenate([of_c, moved], axis=1), low[:, None], high[:, None]), axis=1)
    half = np.diff(edges)[..., None] / 2
    points = edges[:, :-1, None] + half * (1 + NODES)
    return points.reshape(len(value), -1), (half * WEIGHTS).reshape(len(value), -1)


def _landmarks(arm: BetaArm) -> FloatArray:
    """Both ends, the mode and its shoulders on the logit axis, (cells, 5)."""
    low, high = arm.logit_range()
    mode = np.log(arm.alpha / arm.beta)
    shoulder = np.minimum(3 * np.sqrt(1 / arm.alpha + 1 / arm.beta), 6.0)
    return np.stack([low, mode - shoulder, mode, mode + shoulder, high], axis=1)
