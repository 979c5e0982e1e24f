"""How many units a comparison needs, how likely it is to find an effect, and the smallest effect it can find.

Two arms, `n_c` units in the control and `n_t = ratio · n_c` in the treatment. Rates and powers are fractions,
means and differences have the unit of the metric. `sides` is 2, or 1 for a direction that was declared.
Arguments broadcast; results have their shape.

Source: proportions by the pooled-variance formula, the variance under the null taken at the mean rate (Fleiss,
Tytun & Ury 1980, Biometrics 36:343–346, without continuity correction; the one of R's `power.prop.test`). Means
by the noncentral t (Cohen 1988; R's `power.t.test`). Non-inferiority of rates by the unpooled variance (Chow, Shao
& Wang 2008, "Sample Size Calculations in Clinical Research", 4.2). Other formulas differ by a few per cent.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from microlift.stats.checks import FloatArray, as_finite, check_alpha, check_open_unit, check_whole

MOST_UNITS = 1e12
"""What needs more units an arm than these is as good as impossible: NaN."""

NORMAL_DF = 2000
"""Degrees of freedom from which the noncentral t is taken as normal (they differ in the fourth digit)."""


class SampleSize(NamedTuple):
    """Units an arm, whole numbers; NaN where no number suffices."""

    control: FloatArray
    treatment: FloatArray


def proportion_power(
    control: ArrayLike, treatment: ArrayLike, n_c: ArrayLike, n_t: ArrayLike,
    alpha: float = 0.05, sides: int = 2, margin: ArrayLike = 0.0,
) -> FloatArray:  # fmt: skip
    """Probability that a score test finds the difference of two rates; 0 where an arm has no unit.

    With a `margin` above 0, that the treatment is shown to be less than it below the control. Raises ValueError
    for rates outside [0, 1], counts that are not whole, a margin outside [0, 1), `alpha` or `sides`.
    """
    pc, pt, d = _rates(control, treatment, margin)
    z = _critical(alpha, sides)
    c, t = check_whole(n_c, "n_c"), check_whole(n_t, "n_t")
    able = (c > 0) & (t > 0)
    return np.where(able, _proportion_power(pc, pt, np.maximum(c, 1), np.maximum(t, 1), z, d), 0.0)


def proportion_sample_size(
    control: ArrayLike, treatment: ArrayLike, alpha: float = 0.05, power: float = 0.8, sides: int = 2,
    ratio: ArrayLike = 1.0, margin: ArrayLike = 0.0,
) -> SampleSize:  # fmt: skip
    """Units an arm that find the difference of two rates with this power (20% → 25%: 1,094 an arm).

    NaN where there is no difference to find. Raises ValueError as `proportion_power` does, or for a power or a
    ratio out of range.
    """
    pc, pt, margin_ = _rates(control, treatment, margin)
    k = _positive(ratio, "ratio")
    z, z_power = _critical(alpha, sides), special.ndtri(check_open_unit(power, "power"))
    own = pc * (1 - pc) + pt * (1 - pt) / k
    pooled = (pc + k * pt) / (1 + k)
    null = np.where(margin_ > 0, own, (1 + 1 / k) * pooled * (1 - pooled))
    gap = np.where(margin_ > 0, np.maximum(pt - pc + margin_, 0.0), np.abs(pt - pc))
    with np.errstate(divide="ignore", invalid="ignore"):
        n = (z * np.sqrt(null) + z_power * np.sqrt(own)) ** 2 / gap**2
    return _whole_arms(n, k)


def detectable_proportion(
    control: ArrayLike, n_c: ArrayLike, n_t: ArrayLike, alpha: float = 0.05, power: float = 0.8,
    sides: int = 2, increase: bool = True,
) -> FloatArray:  # fmt: skip
    """Rate of the treatment nearest to the control's that is found with this power; NaN where none is.

    Raises ValueError as `proportion_power` does, or for a power outside (0, 1).
    """
    pc, _, _ = _rates(control, control, 0.0)
    c, t = check_whole(n_c, "n_c"), check_whole(n_t, "n_t")
    z, wanted = _critical(alpha, sides), check_open_unit(power, "power")
    pc, c, t = np.broadcast_arrays(pc, c, t)
    able = (c > 0) & (t > 0)
    end = np.ones_like(pc) if increase else np.zeros_like(pc)
    sizes = (np.maximum(c, 1), np.maximum(t, 1))

    def reached(share: FloatArray) -> FloatArray:
        return _proportion_power(pc, pc + share * (end - pc), *sizes, z, np.zeros_like(pc))

    share = _bisect(reached, np.zeros_like(pc), np.ones_like(pc), wanted)
    # The last rate of all, 0 or 1, has no variance of its own; that is no effect one could name.
    return np.where(able & (share < 1 - 1e-9), pc + share * (end - pc), np.nan)


def mean_power(
    difference: ArrayLike, deviation: ArrayLike, n_c: ArrayLike, n_t: ArrayLike, alpha: float = 0.05,
    sides: int = 2, margin: ArrayLike = 0.0,
) -> FloatArray:  # fmt: skip
    """Probability that a t test finds a difference of means; 0 where the arms have fewer than three units in all.

    `deviation` is the standard deviation of the metric in either arm (of a ratio, that of its linearised unit
    values). With a `margin` above 0: that the treatment is shown to be less than it below the control. Raises
    ValueError for a deviation or a margin below 0, counts that are not whole, `alpha` or `sides`.
    """
    gap, spread = _gap(difference, margin), _at_least_0(deviation, "deviation")
    c, t = check_whole(n_c, "n_c"), check_whole(n_t, "n_t")
    able = (c > 0) & (t > 0) & (c + t > 2)
    found = _mean_power(gap, spread, np.maximum(c, 1), np.maximum(t, 1), check_alpha(alpha), _sides(sides))
    return np.where(able, found, 0.0)


def mean_sample_size(
    difference: ArrayLike, deviation: ArrayLike, alpha: float = 0.05, power: float = 0.8, sides: int = 2,
    ratio: ArrayLike = 1.0, margin: ArrayLike = 0.0,
) -> SampleSize:  # fmt: skip
    """Units an arm that find a difference of means with this power; NaN where there is none to find.

    Raises ValueError as `mean_power` does, or for a power or a ratio out of range.
    """
    gap, spread = _gap(difference, margin), _at_least_0(deviation, "deviation")
    gap, spread, k = np.broadcast_arrays(gap, spread, _positive(ratio, "ratio"))
    alpha, sides, wanted = check_alpha(alpha), _sides(sides), check_open_unit(power, "power")

    def reached(log_n: FloatArray) -> FloatArray:
        n = np.exp(log_n)
        return _mean_power(gap, spread, n, k * n, alpha, sides)

    lowest = np.log(np.maximum(2.0, 2.0 / k))
    n = np.exp(_bisect(reached, lowest, np.full(lowest.shape, np.log(MOST_UNITS)), wanted))
    return _whole_arms(np.where((gap > 0) & (n < MOST_UNITS / 2), n, np.nan), k)


def detectable_difference(
    deviation: ArrayLike, n_c: ArrayLike, n_t: ArrayLike, alpha: float = 0.05, power: float = 0.8,
    sides: int = 2,
) -> FloatArray:  # fmt: skip
    """Smallest difference of means that is found with this power; NaN where the arms have too few units.

    Raises ValueError as `mean_power` does, or for a power outside (0, 1).
    """
    spread = _at_least_0(deviation, "deviation")
    c, t = check_whole(n_c, "n_c"), check_whole(n_t, "n_t")
    alpha, sides, wanted = check_alpha(alpha), _sides(sides), check_open_unit(power, "power")
    spread, c, t = np.broadcast_arrays(spread, c, t)
    able = (c > 0) & (t > 0) & (c + t > 2)
    c, t = np.maximum(c, 1), np.maximum(t, 1)

    def reached(errors: FloatArray) -> FloatArray:
        return _mean_power(errors, 1.0, c, t, alpha, sides)

    # In standard deviations; with one degree of freedom 5,000 of them suffice for any usual power.
    size = _bisect(reached, np.zeros(c.shape), np.full(c.shape, 5e3), wanted)
    return np.where(able & (size < 4.9e3), size * spread, np.nan)


def _proportion_power(
    pc: FloatArray, pt: FloatArray, c: FloatArray, t: FloatArray, z: float, margin: FloatArray
) -> FloatArray:
    own = pc * (1 - pc) / c + pt * (1 - pt) / t
    pooled = (c * pc + t * pt) / (c + t)
    null = np.where(margin > 0, own, pooled * (1 - pooled) * (1 / c + 1 / t))
    gap = np.where(margin > 0, pt - pc + margin, np.abs(pt - pc))
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = (gap - z * np.sqrt(null)) / np.sqrt(own)
    # 0/0: rates of exactly 0 or 1, which are told apart always or never.
    return np.asarray(special.ndtr(np.where(np.isnan(reach), -np.inf, reach)), np.float64)


def _mean_power(
    gap: FloatArray, spread: FloatArray | float, c: FloatArray, t: FloatArray, alpha: float, sides: int
) -> FloatArray:
    df = c + t - 2
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.nan_to_num(gap / (spread * np.sqrt(1 / c + 1 / t)), nan=0.0, posinf=1e9)
    quantile = -special.stdtrit(df, alpha / sides)
    normal = special.ndtr(shift - quantile)
    exact = (df <= NORMAL_DF) & (shift < 30)
    safe = np.where(exact, shift, 0.0)
    noncentral = 1 - special.nctdtr(np.where(exact, df, 10.0), safe, np.where(exact, quantile, 0.0))
    return np.where(exact, noncentral, normal)


def _bisect(
    reached: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray, wanted: float
) -> FloatArray:
    """Smallest argument at which an increasing function reaches `wanted`; `high` where it never does."""
    for _ in range(60):
        middle = (low + high) / 2
        enough = reached(middle) >= wanted
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high


def _whole_arms(n: FloatArray, ratio: FloatArray) -> SampleSize:
    n = np.where(np.isfinite(n) & (n < MOST_UNITS), n, np.nan)
    # Rounding of the last bit is not another unit.
    return SampleSize(
        np.maximum(np.ceil(n - 1e-9 * n), 1.0), np.maximum(np.ceil(n * ratio * (1 - 1e-9)), 1.0)
    )


def _rates(
    control: ArrayLike, treatment: ArrayLike, margin: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    arrays = []
    for values, name in ((control, "control"), (treatment, "treatment"), (margin, "margin")):
        array = as_finite(values, name)
        wrong = (array < 0) | (array > 1)
        if wrong.any():
            raise ValueError(f"{name} must lie in [0, 1], got {array[wrong].flat[0]}")
        arrays.append(array)
    pc, pt, d = np.broadcast_arrays(*arrays)
    return pc, pt, d


def _gap(difference: ArrayLike, margin: ArrayLike) -> FloatArray:
    d, m = as_finite(difference, "difference"), _at_least_0(margin, "margin")
    return np.where(m > 0, np.maximum(d + m, 0.0), np.abs(d))


def _at_least_0(values: ArrayLike, name: str) -> FloatArray:
    array = as_finite(values, name)
    if (array < 0).any():
        raise ValueError(f"{name} must be at least 0, got {array.min()}")
    return array


def _positive(values: ArrayLike, name: str) -> FloatArray:
    array = as_finite(values, name)
    if (array <= 0).any():
        raise ValueError(f"{name} must be above 0, got {array.min()}")
    return array


def _sides(sides: int) -> int:
    if sides not in (1, 2):
        raise ValueError(f"sides must be 1 or 2, got {sides!r}")
    return sides


def _critical(alpha: float, sides: int) -> float:
    return float(-special.ndtri(check_alpha(alpha) / _sides(sides)))
