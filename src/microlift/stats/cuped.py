"""CUPED: means adjusted by a covariate from before the experiment, from sufficient statistics.

The covariate was measured before the exposure, so the variant cannot have moved it: what part of the values it
explains is noise, and taking it out leaves the effect as it was and its interval narrower.

Source: Deng, Xu, Kohavi & Walker (2013), WSDM, "Improving the Sensitivity of Online Controlled Experiments by
Utilizing Pre-Experiment Data". The slope is pooled within the arms, as in an analysis of covariance.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from microlift.stats.checks import FloatArray, as_finite
from microlift.stats.means import Moments, check_moments, variance_of_mean


class Covariate(NamedTuple):
    """Statistics of a covariate: its mean, Σ(x − x̄)², and Σ(x − x̄)(y − ȳ) with the values."""

    mean: ArrayLike
    m2: ArrayLike
    cross: ArrayLike


@dataclass(frozen=True)
class Adjusted:
    """Moments of both arms after the adjustment, the slope of each stratum, and what is gained.

    `variance_reduction` is the share of the squared standard error of the difference that is gone, a value a
    cell; NaN where nothing is adjusted.
    """

    t: Moments
    c: Moments
    slope: FloatArray
    variance_reduction: FloatArray


def adjust(t: Moments, covariate_t: Covariate, c: Moments, covariate_c: Covariate) -> Adjusted:
    """Take out of two arms what their covariate explains; arrays of shape (cells,) or (cells, strata).

    Each stratum has a slope of its own, θ = Σ_arms m_xy / Σ_arms m2_x, and a mean x̄ of its own over both arms:
    the adjusted mean is ȳ − θ(x̄_arm − x̄), the adjusted m2 is m2_y − 2θ m_xy + θ² m2_x. Hand both to
    `compare_means`. Where the covariate has no spread, or one arm fewer than two units, θ is 0 and nothing
    changes. Raises ValueError as `check_moments` does, or where m_xy² > m2_x m2_y.
    """
    t, c = check_moments(*t, "_t"), check_moments(*c, "_c")
    x_t, cross_t = _covariate(t, covariate_t, "_t")
    x_c, cross_c = _covariate(c, covariate_c, "_c")
    spread = x_t.m2 + x_c.m2
    able = (spread > 0) & (t.n >= 2) & (c.n >= 2)
    slope = np.where(able, (cross_t + cross_c) / np.where(able, spread, 1.0), 0.0)
    middle = (t.n * x_t.mean + c.n * x_c.mean) / np.maximum(t.n + c.n, 1)
    after = [
        Moments(
            arm.n,
            arm.mean - slope * np.where(arm.n > 0, x.mean - middle, 0.0),
            np.maximum(arm.m2 - 2 * slope * cross + slope**2 * x.m2, 0.0),
        )
        for arm, x, cross in ((t, x_t, cross_t), (c, x_c, cross_c))
    ]
    before_error, after_error = (_squared_error(*arms) for arms in ((t, c), (after[0], after[1])))
    axis = tuple(range(1, np.ndim(slope)))
    gained = np.any(able, axis=axis) & (before_error > 0)
    reduction = np.where(gained, 1 - after_error / np.where(gained, before_error, 1.0), np.nan)
    return Adjusted(after[0], after[1], slope, reduction)


def _covariate(arm: Moments, covariate: Covariate, suffix: str) -> tuple[Moments, FloatArray]:
    x = check_moments(arm.n, covariate.mean, covariate.m2, f"_covariate{suffix}")
    cross = as_finite(np.where(arm.n > 0, covariate.cross, 0.0), f"cross{suffix}")
    bound = np.sqrt(arm.m2) * np.sqrt(x.m2)
    # Sums accumulate rounding of the order of the uncentred cross-product.
    wrong = np.abs(cross) > bound + 1e-9 * (bound + arm.n * np.abs(arm.mean * x.mean))
    if wrong.any():
        raise ValueError(
            f"cross{suffix} must lie within ±√(m2_x·m2_y), got {cross[wrong].flat[0]} "
            f"with a bound of {bound[wrong].flat[0]}"
        )
    return x, cross


def _squared_error(t: Moments, c: Moments) -> FloatArray:
    """Squared standard error of the stratified difference, up to a factor that is that of the weights."""
    weight = np.where((t.n >= 2) & (c.n >= 2), t.n * c.n / np.maximum(t.n + c.n, 1), 0.0)
    error = weight**2 * (variance_of_mean(*t[::2]) + variance_of_mean(*c[::2]))
    return np.asarray(error.sum(axis=-1) if error.ndim > 1 else error)
