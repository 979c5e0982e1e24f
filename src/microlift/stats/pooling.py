"""Repeats of one question pooled: fixed and random effects, and how much the repeats disagree.

Estimates are normal with known standard errors, (groups, repeats); a repeat with an error of NaN is absent. They
have any one unit, such as the log of a ratio, and so have the results, τ² its square.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from microlift.stats.checks import FloatArray, as_finite, check_confidence


class Pooled(NamedTuple):
    """A value a group; NaN for what one repeat cannot tell."""

    repeats: NDArray[np.int64]
    fixed: FloatArray
    fixed_low: FloatArray
    fixed_high: FloatArray
    fixed_p_value: FloatArray
    random: FloatArray
    random_low: FloatArray
    random_high: FloatArray
    random_p_value: FloatArray
    prediction_low: FloatArray
    """Limits in which the true effect of a next repeat lies."""
    prediction_high: FloatArray
    tau2: FloatArray
    q: FloatArray
    q_p_value: FloatArray
    i2: FloatArray
    """Share of the variation between the estimates that is not chance."""


def pool(
    estimate: ArrayLike, error: ArrayLike, confidence: float = 0.95, method: str = "paule_mandel"
) -> Pooled:
    """Pool the repeats of each group.

    `fixed` weights by precision and speaks of these repeats alone. `random` adds the variance τ² between repeats, by
    `paule_mandel` or `dersimonian_laird`, with the interval of Hartung and Knapp: Student's t on k − 1 degrees of
    freedom, with its variance factor never taken below 1 (Knapp & Hartung 2003), so that repeats that happen to agree
    do not make it shorter than the fixed one. With two repeats it is wide, as it should be. One repeat: the fixed
    interval, no random one. No repeat: NaN.

    Raises ValueError for an unknown method, an error that is not above 0, an estimate that is not finite, or a
    confidence outside (0, 1).

    Source: DerSimonian & Laird (1986), Controlled Clin. Trials 7:177–188; Paule & Mandel (1982), J. Res. NBS
    87:377–385; Hartung & Knapp (2001), Stat. Med. 20:3875–3889; Higgins & Thompson (2002), Stat. Med. 21:1539–1558,
    for I²; Higgins, Thompson & Spiegelhalter (2009), JRSS A 172:137–159, for the prediction interval (k − 2 df).
    """
    tail = (1 - check_confidence(confidence)) / 2
    if method not in ("paule_mandel", "dersimonian_laird"):
        raise ValueError(f"method must be paule_mandel or dersimonian_laird, got {method!r}")
    y, v, there = _checked(estimate, error)
    k = there.sum(axis=1)
    able, several = k > 0, k > 1
    df = np.maximum(k - 1, 1)
    fixed, fixed_variance, q = _weighted(y, v, there, np.zeros(len(y)))
    tau2 = (_dersimonian_laird if method == "dersimonian_laird" else _paule_mandel)(y, v, there)
    random, variance, spread = _weighted(y, v, there, tau2)
    error_r = np.sqrt(variance * np.maximum(1.0, spread / df))
    z, t = -special.ndtri(tail), -special.stdtrit(df, tail)
    error_f = np.sqrt(fixed_variance)
    predicted = np.where(k > 2, -special.stdtrit(np.maximum(k - 2, 1), tail), np.nan)
    reach = predicted * np.sqrt(tau2 + error_r**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        i2 = np.where(q > 0, np.maximum(0.0, (q - df) / q), 0.0)

    def where(holds: NDArray[np.bool_], values: FloatArray) -> FloatArray:
        return np.where(holds, values, np.nan)

    return Pooled(
        repeats=k.astype(np.int64),
        fixed=where(able, fixed),
        fixed_low=where(able, fixed - z * error_f),
        fixed_high=where(able, fixed + z * error_f),
        fixed_p_value=where(able, 2 * special.ndtr(-np.abs(fixed) / error_f)),
        random=where(several, random),
        random_low=where(several, random - t * error_r),
        random_high=where(several, random + t * error_r),
        random_p_value=where(several, 2 * special.stdtr(df, -np.abs(random) / error_r)),
        prediction_low=where(several, random - reach),
        prediction_high=where(several, random + reach),
        tau2=where(several, tau2),
        q=where(several, q),
        q_p_value=where(several, special.chdtrc(df, q)),
        i2=where(several, i2),
    )


def _weighted(
    y: FloatArray, v: FloatArray, there: NDArray[np.bool_], tau2: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean weighted by 1/(v + τ²), its variance, and the weighted squares around it."""
    w = there / (v + tau2[:, None])
    total = np.where(there.any(axis=1), w.sum(axis=1), 1.0)
    mean = (w * y).sum(axis=1) / total
    return mean, 1 / total, (w * (y - mean[:, None]) ** 2).sum(axis=1)


def _dersimonian_laird(y: FloatArray, v: FloatArray, there: NDArray[np.bool_]) -> FloatArray:
    _, variance, q = _weighted(y, v, there, np.zeros(len(y)))
    w = there / v
    scale = w.sum(axis=1) - (w**2).sum(axis=1) * variance
    excess = q - (there.sum(axis=1) - 1)
    return np.where((scale > 0) & (excess > 0), excess / np.where(scale > 0, scale, 1.0), 0.0)


def _paule_mandel(y: FloatArray, v: FloatArray, there: NDArray[np.bool_]) -> FloatArray:
    """τ² at which the weighted squares equal their expectation k − 1; 0 where they are below it at once."""
    df = there.sum(axis=1) - 1
    widest = np.where(there, y, -np.inf).max(axis=1) - np.where(there, y, np.inf).min(axis=1)
    low, high = np.zeros(len(y)), np.where(df > 0, widest, 0.0) ** 2 * np.maximum(df + 1, 1)
    excess = (df > 0) & (_weighted(y, v, there, low)[2] > df)
    for _ in range(100):
        middle = (low + high) / 2
        above = _weighted(y, v, there, middle)[2] > df
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(excess, (low + high) / 2, 0.0)


def _checked(estimate: ArrayLike, error: ArrayLike) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Estimates (0 where absent), squared errors (1 where absent) and who is there."""
    try:
        y, e = np.broadcast_arrays(np.asarray(estimate, np.float64), np.asarray(error, np.float64))
    except (TypeError, ValueError) as problem:
        raise ValueError(
            f"estimate and error must be numbers of one shape, got {estimate!r} and {error!r}"
        ) from problem
    if y.ndim != 2:
        raise ValueError(f"estimate must have shape (groups, repeats), got {y.shape}")
    there = ~np.isnan(e)
    wrong = there & ~(np.isfinite(e) & (e > 0))
    if wrong.any():
        raise ValueError(f"error must be finite and above 0, got {e[wrong][0]}")
    as_finite(y[there], "estimate"), as_finite(e[there], "error")
    return np.where(there, y, 0.0), np.where(there, e, 1.0) ** 2, there
