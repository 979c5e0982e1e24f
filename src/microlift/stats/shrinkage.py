"""Shrinkage: what an estimate is worth that was looked at because it stood out.

Segments. The effects of the segments of one dimension are taken as drawn from one normal distribution, whose mean
and spread τ are learned from the segments themselves; each estimate is drawn towards the mean the more, the less
it is known. The posterior is integrated over τ by quadrature, so that its intervals allow for τ being estimated
(what Morris 1983 corrects for, by other means). Where τ is taken as known they would be too short.

The overall effect. `conditional_estimate` asks which effect makes an estimate typical of those that reach
significance; `shrink` with one `centre` and a `spread` is the posterior under a declared prior.

Estimates and their errors have any one unit; the results have it, too.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from microlift.stats.checks import FloatArray, as_finite, check_alpha, check_confidence

PRIORS = {
    "nearly_flat_deviation": (1.25, 0.5),
    "half_cauchy": (0.5, 0.5),
    "flat_deviation": (1.5, 0.5),
    "flat_variance": (2.0, 0.0),
}
"""Priors of τ as densities ∝ B^−a (1 − B)^−b of B = s²/(s² + τ²), where s² is a typical squared error."""

NODES, WEIGHTS = special.roots_legendre(64)


class Shrunk(NamedTuple):
    """Posterior of each effect, (groups, members), and of what its group has in common, (groups,)."""

    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    shrinkage: FloatArray
    """Share of the way to the centre that an estimate was drawn, posterior mean; 1 = nothing is left of it."""
    centre: FloatArray
    spread: FloatArray
    """Posterior median of τ, the standard deviation of the true effects."""
    members: NDArray[np.int64]


def shrink(
    estimate: ArrayLike,
    error: ArrayLike,
    confidence: float = 0.95,
    prior: str = "nearly_flat_deviation",
    centre: float | None = None,
    spread: ArrayLike | None = None,
) -> Shrunk:
    """Posterior of the effects of each group: normal estimates with known standard errors.

    `estimate` and `error` have shape (groups, members); a member with an error of NaN is absent. A group's mean has
    a flat prior, or is `centre`; τ has the prior named, or is `spread` (a value a group). A group of one member
    without a centre has nothing to be drawn to: its posterior is the estimate itself.

    - `nearly_flat_deviation`: τ has a density ∝ (s² + τ²)^−¼, so that two members suffice. Chosen by calibration
      (docs/calibration): its intervals cover close to nominal from two members on, at any spread.
    - `half_cauchy`: of scale s. It leans more to 0: closer where the effects hardly differ, and where they do it draws
      them too far, so that its intervals cover too little.
    - `flat_deviation`: τ is flat, as in Gelman et al.; proper from three members on.
    - `flat_variance`: τ² is flat, as in Morris (1983); proper from four on.

    Raises ValueError for a prior unknown or not proper for the members there are, an error that is not above 0, an
    estimate that is not finite, a spread below 0 or a confidence outside (0, 1).

    Source: Rubin (1981), J. Educ. Stat. 6:377–401; Gelman (2006), Bayesian Anal. 1:515–534, on priors of τ; Morris
    (1983), JASA 78:47–55. s² is the harmonic mean of the squared errors.
    """
    tail = (1 - check_confidence(confidence)) / 2
    y, v, there = _checked(estimate, error)
    members = there.sum(axis=1)
    fewest = {"flat_deviation": 3, "flat_variance": 4}.get(prior, 0) - (centre is not None)
    if prior not in PRIORS:
        raise ValueError(f"prior must be one of {', '.join(PRIORS)}, got {prior!r}")
    if spread is None and (members < fewest).any():
        raise ValueError(f"prior {prior!r} needs {fewest} members in each group, got {members.min()}")
    precision = there / v
    if spread is None:
        tau2, weight = _grid(precision, members, PRIORS[prior])
    else:
        known = as_finite(spread, "spread")
        if (known < 0).any():
            raise ValueError(f"spread must be at least 0, got {known.min()}")
        tau2 = np.broadcast_to(known, members.shape)[:, None] ** 2
        weight = np.ones_like(tau2)

    # (groups, members, nodes)
    total = np.where(there, v, 1.0)[..., None] + tau2[:, None, :]
    w = there[..., None] / total
    w_sum = np.maximum(w.sum(axis=1), np.finfo(float).tiny)
    if centre is None:
        mean, mean_variance = (w * y[..., None]).sum(axis=1) / w_sum, 1 / w_sum
    else:
        mean, mean_variance = np.full_like(w_sum, float(centre)), np.zeros_like(w_sum)
    distance = (w * (y[..., None] - mean[:, None, :]) ** 2).sum(axis=1)
    log_likelihood = -0.5 * ((np.log(total) * there[..., None]).sum(axis=1) + distance)
    if centre is None:
        log_likelihood -= 0.5 * np.log(w_sum)
    weight = weight * np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    weight = weight / weight.sum(axis=1, keepdims=True)

    drawn = np.where(there, v, 1.0)[..., None] / total
    means = y[..., None] + drawn * (mean[:, None, :] - y[..., None])
    variances = drawn * tau2[:, None, :] + drawn**2 * mean_variance[:, None, :]
    errors = np.sqrt(variances)
    low, high = (_mixture_quantile(means, errors, weight, q) for q in (tail, 1 - tail))
    posterior, shrinkage = ((values * weight[:, None, :]).sum(axis=2) for values in (means, drawn))
    return Shrunk(
        np.where(there, posterior, np.nan),
        np.where(there, low, np.nan),
        np.where(there, high, np.nan),
        np.where(there, shrinkage, np.nan),
        centre=(mean * weight).sum(axis=1),
        spread=np.sqrt(_median(tau2, weight)),
        members=members.astype(np.int64),
    )


def conditional_estimate(estimate: ArrayLike, error: ArrayLike, alpha: float = 0.05) -> FloatArray:
    """Effect of which the estimate is the most likely one, given that it was significant (two-sided, `alpha`).

    Near the threshold it goes towards 0, far beyond it to the estimate; NaN where the estimate is not significant
    and so was not selected. Raises ValueError for an error that is not above 0, a missing value or `alpha`.

    Source: Zhong & Prentice (2008), Biostatistics 9:621–634: the maximum of the normal likelihood truncated to
    |estimate| > z·error.
    """
    y, spread = np.broadcast_arrays(as_finite(estimate, "estimate"), as_finite(error, "error"))
    if (spread <= 0).any():
        raise ValueError(f"error must be above 0, got {spread.min()}")
    critical = -special.ndtri(check_alpha(alpha) / 2)
    z = np.abs(y) / spread
    selected = z > critical

    def score(mu: FloatArray) -> FloatArray:
        """Derivative of the log-likelihood: falls through 0 at its maximum."""
        log_found = np.logaddexp(special.log_ndtr(mu - critical), special.log_ndtr(-mu - critical))
        up, down = -0.5 * (mu - critical) ** 2, -0.5 * (mu + critical) ** 2
        return z - mu - (np.exp(up - log_found) - np.exp(down - log_found)) / np.sqrt(2 * np.pi)

    low, high = np.zeros_like(z), z.copy()
    for _ in range(60):
        middle = (low + high) / 2
        rising = score(middle) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.where(selected, np.sign(y) * (low + high) / 2 * spread, np.nan)


def _checked(estimate: ArrayLike, error: ArrayLike) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Estimates (0 where absent), squared errors (inf where absent) and who is there."""
    try:
        y, e = np.broadcast_arrays(np.asarray(estimate, np.float64), np.asarray(error, np.float64))
    except (TypeError, ValueError) as problem:
        raise ValueError(
            f"estimate and error must be numbers of one shape, got {estimate!r} and {error!r}"
        ) from problem
    if y.ndim != 2:
        raise ValueError(f"estimate must have shape (groups, members), got {y.shape}")
    there = ~np.isnan(e)
    if (there & ~(np.isfinite(e) & (e > 0))).any():
        raise ValueError(f"error must be finite and above 0, got {e[there & ~(np.isfinite(e) & (e > 0))][0]}")
    as_finite(y[there], "estimate"), as_finite(e[there], "error")
    return np.where(there, y, 0.0), np.where(there, e, np.inf) ** 2, there


def _grid(
    precision: FloatArray, members: NDArray[np.int64], exponents: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Nodes of τ² and their prior weights, (groups, nodes): B = 1 − u² with u over (0, 1).

    The substitutions take away what is singular at B = 1 (τ = 0) and at B = 0.
    """
    a, b = exponents
    rest = (1 - (NODES + 1) / 2) ** 4  # 1 − u
    u, shrunk = 1 - rest, rest * (2 - rest)
    typical = np.maximum(members, 1) / np.maximum(precision.sum(axis=1), np.finfo(float).tiny)
    weight = WEIGHTS * rest**0.75 * u ** (1 - 2 * b) * shrunk**-a
    return typical[:, None] * u**2 / shrunk, np.broadcast_to(weight, (len(members), len(u)))


def _mixture_quantile(means: FloatArray, errors: FloatArray, weight: FloatArray, q: float) -> FloatArray:
    """Quantile of a mixture of normals over the last axis, by bisection."""
    reach = 10 * errors.max(axis=2)
    low, high = means.min(axis=2) - reach, means.max(axis=2) + reach
    scale = np.maximum(errors, np.finfo(float).tiny)
    for _ in range(44):
        middle = (low + high) / 2
        below = (special.ndtr((middle[..., None] - means) / scale) * weight[:, None, :]).sum(axis=2) < q
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def _median(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Weighted median over nodes in rising order."""
    place = (np.cumsum(weight, axis=1) < 0.5).sum(axis=1).clip(max=values.shape[1] - 1)
    return np.take_along_axis(values, place[:, None], axis=1)[:, 0]
