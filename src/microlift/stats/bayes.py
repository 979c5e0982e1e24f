"""Posterior probabilities and expected losses of arms, without random draws: the same input gives the same digits.

Two betas are compared by a Fourier series (`beta_pairs.py`), more of them integrated on the logit axis
z = log(p/(1 − p)), where the density is smooth and log-concave even if it is infinite at p = 0, and where its
tails have rigorous bounds: z is a difference of two log-gamma variables, so that z − E z is sub-gamma with
variance v = ψ'(α) + ψ'(β) and scale 1/α to the left, 1/β to the right (the k-th cumulant of log Gamma(α) is at
most (k − 1)! v α^(2−k)). Boucheron, Lugosi & Massart (2013), Concentration Inequalities, section 2.4, then
bounds what lies outside [E z − √(2vD) − D/α, E z + √(2vD) + D/β] by 2·exp(−D).

Parameters are those of the posterior (prior + counts), arrays of any shapes that broadcast, finite and above
0. Every function raises ValueError otherwise. Absolute errors are below 1e-9, from Beta(0.05, ·) to 1e8
observations.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from microlift.stats.beta_pairs import logit_difference_at_zero
from microlift.stats.checks import MOST_UNITS, FloatArray, as_finite, as_floats
from microlift.stats.means import broadcast

TAIL_EXPONENT = 24.0  # D above: 2·exp(−24) = 8e-11
CHUNK = 250_000  # quadrature points held in memory at once


@dataclass(frozen=True)
class ExpectedLoss:
    """What a choice gives up on average, being 0 where it is the better arm; in the unit of the metric."""

    choose_t: FloatArray
    choose_c: FloatArray


@dataclass(frozen=True)
class BetaArm:
    """Beta posteriors, one a cell."""

    alpha: FloatArray
    beta: FloatArray

    @property
    def mean(self) -> FloatArray:
        return self.alpha / (self.alpha + self.beta)

    @property
    def logit_variance(self) -> FloatArray:
        return _array(special.polygamma(1, self.alpha) + special.polygamma(1, self.beta))

    def logit_range(self) -> tuple[FloatArray, FloatArray]:
        """Where all but 2·exp(−TAIL_EXPONENT) of the posterior lies on the logit axis."""
        centre = special.digamma(self.alpha) - special.digamma(self.beta)
        spread = np.sqrt(2 * TAIL_EXPONENT * self.logit_variance)
        return centre - spread - TAIL_EXPONENT / self.alpha, centre + spread + TAIL_EXPONENT / self.beta

    def relative_density(self, z: FloatArray) -> FloatArray:
        """Density on the logit axis relative to its mode; z has one more axis."""
        alpha, beta = self.alpha[..., None], self.beta[..., None]
        # Around the mode, so that 1e7 observations cost no digits; far from it, without overflow.
        step = z - np.log(alpha / beta)
        p = alpha / (alpha + beta)
        near = np.log1p(p * np.expm1(np.minimum(step, 1.0)))
        far = step + np.log(p + (1 - p) * np.exp(-np.maximum(step, 1.0)))
        return np.exp(alpha * step - (alpha + beta) * np.where(step < 1, near, far))

    def below(self, z: FloatArray) -> FloatArray:
        """Distribution function on the logit axis; z has one more axis."""
        # From the nearer end: p itself would round to 1 from z = 37, where a small β still has mass to come.
        upper = z > 0
        alpha, beta = self.alpha[..., None], self.beta[..., None]
        tail = special.betainc(
            np.where(upper, beta, alpha), np.where(upper, alpha, beta), special.expit(-np.abs(z))
        )
        return _array(np.where(upper, 1 - tail, tail))


def _array(values: ArrayLike) -> FloatArray:
    return np.asarray(values, dtype=np.float64)


def positive_parameters(*named: tuple[ArrayLike, str]) -> list[FloatArray]:
    """Posterior parameters, broadcast together; ValueError unless all are above 0 and at most 2^53."""
    arrays = [as_finite(values, name) for values, name in named]
    for array, (_, name) in zip(arrays, named, strict=True):
        if (array <= 0).any():
            raise ValueError(f"{name} must be above 0, got {array.min()}")
        if (array > MOST_UNITS).any():
            raise ValueError(f"{name} must be at most {MOST_UNITS:g}, got {array.max()}")
    return broadcast(*zip(arrays, (name for _, name in named), strict=True))


def beta_compare(
    alpha_t: ArrayLike, beta_t: ArrayLike, alpha_c: ArrayLike, beta_c: ArrayLike
) -> tuple[FloatArray, ExpectedLoss]:
    """`beta_probability_better` and `beta_expected_loss` together.

    With d the density at 0 of the difference of the logits and n = α + β, the losses follow by parts: E[max(p_t −
    p_c, 0)] = (E p_t − E p_c) P(p_t > p_c) + (1/n_t + 1/n_c) d.
    """
    names = ("alpha_t", "beta_t", "alpha_c", "beta_c")
    arrays = positive_parameters(*zip((alpha_t, beta_t, alpha_c, beta_c), names, strict=True))
    t, c = (BetaArm(alpha.ravel(), beta.ravel()) for alpha, beta in (arrays[:2], arrays[2:]))
    surplus, density = logit_difference_at_zero(t.alpha, t.beta, c.alpha, c.beta)
    gap = t.mean - c.mean
    common = density * (1 / (t.alpha + t.beta) + 1 / (c.alpha + c.beta))
    # Of the two losses the smaller is the difference of large numbers, and may round below 0.
    choose_c = np.maximum(common + gap * (0.5 + surplus), np.maximum(gap, 0))
    choose_t = np.maximum(common - gap * (0.5 - surplus), np.maximum(-gap, 0))
    shape = arrays[0].shape
    losses = ExpectedLoss(choose_t.reshape(shape), choose_c.reshape(shape))
    return (0.5 + surplus).reshape(shape), losses


def beta_probability_better(
    alpha_t: ArrayLike, beta_t: ArrayLike, alpha_c: ArrayLike, beta_c: ArrayLike
) -> FloatArray:
    """P(p_t > p_c) of two independent beta posteriors.

    Source: the integral of f_t F_c; for integer parameters it equals Miller's sum (E. Miller, "Formulas for
    Bayesian A/B testing", 2014).
    """
    return beta_compare(alpha_t, beta_t, alpha_c, beta_c)[0]


def beta_expected_loss(
    alpha_t: ArrayLike, beta_t: ArrayLike, alpha_c: ArrayLike, beta_c: ArrayLike
) -> ExpectedLoss:
    """E[max(p_c − p_t, 0)] of choosing the treatment and E[max(p_t − p_c, 0)] of choosing the control.

    Source: Stucchio (2015), "Bayesian A/B testing at VWO", section 4; here for any parameters, see `beta_compare`.
    """
    return beta_compare(alpha_t, beta_t, alpha_c, beta_c)[1]


PANEL_NODES, PANEL_WEIGHTS = np.polynomial.legendre.leggauss(20)


def _panel_grid(arms: BetaArm, present: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Gauss–Legendre points and weights on panels cut at each arm's range, mode and shoulders.

    Shape (cells, points). No panel is wider than the narrowest arm inside it, whatever the others are.
    """
    low, high = arms.logit_range()
    mode = np.log(arms.alpha / arms.beta)
    shoulder = np.minimum(4 * np.sqrt(1 / arms.alpha + 1 / arms.beta), 6.0)
    cuts = np.stack([low, mode - shoulder, mode, mode + shoulder, high], axis=-1)
    inside = np.clip(cuts, low[..., None], high[..., None])
    # An absent arm repeats the first present one, whose cuts then make panels of no width.
    first = np.take_along_axis(inside, present.argmax(axis=-1)[:, None, None], axis=-2)
    edges = np.sort(np.where(present[..., None], inside, first).reshape(len(low), -1), axis=-1)
    half = np.diff(edges)[..., None] / 2
    points = edges[:, :-1, None] + half * (1 + PANEL_NODES)
    return points.reshape(len(low), -1), (half * PANEL_WEIGHTS).reshape(len(low), -1)


def _present(present: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    given = np.asarray(True if present is None else present, dtype=bool)
    try:
        return np.broadcast_to(given, shape)
    except ValueError as error:
        raise ValueError(f"present must broadcast to {shape}, got shape {given.shape}") from error


def beta_probability_best(alpha: ArrayLike, beta: ArrayLike, present: ArrayLike | None = None) -> FloatArray:
    """P(arm has the highest rate), arrays of shape (cells, arms); a row sums to 1.

    `present` is false for arms that pad a cell: theirs is 0 (as all are in a cell with no arm).
    """
    a, b = positive_parameters((alpha, "alpha"), (beta, "beta"))
    if a.ndim != 2:
        raise ValueError(f"alpha must have shape (cells, arms), got {a.shape}")
    here = _present(present, a.shape)
    result = np.empty(a.shape)
    rows = max(1, CHUNK // (a.shape[1] ** 2 * 5 * len(PANEL_NODES)))
    for start in range(0, len(a), rows):
        cells = slice(start, start + rows)
        arms, mask = BetaArm(a[cells], b[cells]), here[cells]
        z, width = _panel_grid(arms, mask)
        grid = z[:, None, :]
        density = arms.relative_density(grid) * width[:, None, :]
        density /= density.sum(axis=-1, keepdims=True)
        below = np.where(mask[..., None], arms.below(grid), 1.0)
        # Products of all other arms, without dividing by an arm's own distribution function, which may be 0.
        one = np.ones_like(below[:, :1])
        before = np.cumprod(np.concatenate([one, below[:, :-1]], axis=1), axis=1)
        after = np.cumprod(np.concatenate([one, below[:, :0:-1]], axis=1), axis=1)[:, ::-1]
        result[cells] = np.where(mask, (density * before * after).sum(axis=-1), 0.0)
    return result


def _normal_pair(
    mean_t: ArrayLike, se_t: ArrayLike, mean_c: ArrayLike, se_c: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of t − c; ValueError unless finite, with errors of at least 0."""
    errors = [as_finite(se_t, "se_t"), as_finite(se_c, "se_c")]
    for error, name in zip(errors, ("se_t", "se_c"), strict=True):
        if (error < 0).any():
            raise ValueError(f"{name} must be at least 0, got {error.min()}")
    means = [as_finite(mean_t, "mean_t"), as_finite(mean_c, "mean_c")]
    t, c, error_t, error_c = broadcast(
        *zip(means + errors, ("mean_t", "mean_c", "se_t", "se_c"), strict=True)
    )
    return t - c, np.hypot(error_t, error_c)


def _standardised(difference: FloatArray, error: FloatArray) -> FloatArray:
    """difference / error, with the limit ±inf (0 for no difference) where nothing is uncertain."""
    certain = np.where(difference == 0, 0.0, np.copysign(np.inf, difference))
    return np.where(error > 0, difference / np.where(error > 0, error, 1.0), certain)


def normal_probability_better(
    mean_t: ArrayLike, se_t: ArrayLike, mean_c: ArrayLike, se_c: ArrayLike
) -> FloatArray:
    """P(μ_t > μ_c) of two independent normal posteriors: Φ((mean_t − mean_c)/√(se_t² + se_c²)).

    Where both standard errors are 0 it is 1, 0, or ½ for equal means.
    """
    difference, error = _normal_pair(mean_t, se_t, mean_c, se_c)
    return _array(special.ndtr(_standardised(difference, error)))


def normal_expected_loss(
    mean_t: ArrayLike, se_t: ArrayLike, mean_c: ArrayLike, se_c: ArrayLike
) -> ExpectedLoss:
    """E[max(μ_c − μ_t, 0)] of choosing the treatment and E[max(μ_t − μ_c, 0)] of choosing the control.

    Closed form s·(φ(u) + u Φ(u)) with u the standardised difference and s its standard deviation; where s = 0
    the loss is the positive part of the difference.

    Source: the unit normal linear loss integral, Raiffa & Schlaifer (1961), Applied Statistical Decision
    Theory.
    """
    difference, error = _normal_pair(mean_t, se_t, mean_c, se_c)

    def positive_part(gap: FloatArray) -> FloatArray:
        u = np.where(error > 0, _standardised(gap, error), 0.0)
        uncertain = error * (np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi) + u * special.ndtr(u))
        return np.where(error > 0, np.maximum(uncertain, 0), np.maximum(gap, 0))

    return ExpectedLoss(positive_part(-difference), positive_part(difference))


def normal_probability_within(mean: ArrayLike, se: ArrayLike, low: ArrayLike, high: ArrayLike) -> FloatArray:
    """P(low < effect < high) of a normal posterior: that it lies inside a region of practical equivalence.

    Limits have the unit of the effect and may be infinite. Where the standard error is 0 it is 1 or 0. Raises
    ValueError unless mean and se are finite, se is at least 0, and low is not above high.
    """
    limits = [as_floats(low, "low"), as_floats(high, "high")]
    for limit, name in zip(limits, ("low", "high"), strict=True):
        if np.isnan(limit).any():
            raise ValueError(f"{name} must not be missing, got nan")
    centre, spread, lower, upper = broadcast(
        (as_finite(mean, "mean"), "mean"),
        (as_finite(se, "se"), "se"),
        (limits[0], "low"),
        (limits[1], "high"),
    )
    if (spread < 0).any():
        raise ValueError(f"se must be at least 0, got {spread.min()}")
    if (lower > upper).any():
        raise ValueError(f"low must not be above high, got {lower[lower > upper][0]}")
    safe = np.where(spread > 0, spread, 1.0)
    a, b = (lower - centre) / safe, (upper - centre) / safe
    # From the nearer tail, so that a small probability keeps its digits.
    inside = np.where(a > 0, special.ndtr(-a) - special.ndtr(-b), special.ndtr(b) - special.ndtr(a))
    return _array(np.where(spread > 0, inside, (lower < centre) & (centre < upper)))
