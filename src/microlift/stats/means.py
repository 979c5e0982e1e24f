"""Means and ratios of sums from sufficient statistics: Student and Welch intervals, Fieller's relative lift.

A mean comes in as `n`, `mean` and `m2`, the centred sum of squares Σ(y − ȳ)². `m2` has the squared unit of
the metric; estimates and limits have its unit, relative lifts none. Where n = 0 the mean may be anything,
even NaN.

Two things have no interval: fewer than two units, and a sample without any spread (constant values say
nothing about the variation of the next one). Their limits are −inf and +inf, p is 1 and df is 0, for callers
to write as NULL with that reason.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from microlift.stats.checks import FloatArray, as_finite, as_floats, check_confidence, check_whole
from microlift.stats.interval import Interval


class Moments(NamedTuple):
    """Sufficient statistics of a mean: units, mean, centred sum of squares."""

    n: FloatArray
    mean: FloatArray
    m2: FloatArray


class ContrastTest(NamedTuple):
    """Student inference on one estimate: limits, two-sided p against 0, df, the quantile used."""

    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    df: FloatArray
    quantile: FloatArray


@dataclass(frozen=True)
class MeanComparison:
    """Treatment against control, a value a cell. `relative_lift` is mean_t / mean_c − 1."""

    difference: FloatArray
    difference_low: FloatArray
    difference_high: FloatArray
    relative_lift: FloatArray
    relative_lift_low: FloatArray
    relative_lift_high: FloatArray
    p_value: FloatArray
    df: FloatArray
    cohens_d: FloatArray


def broadcast(*named: tuple[FloatArray, str]) -> list[FloatArray]:
    """Arrays broadcast together; ValueError with every name and shape where they cannot be."""
    try:
        return list(np.broadcast_arrays(*(array for array, _ in named)))
    except ValueError as error:
        shapes = ", ".join(f"{name} {array.shape}" for array, name in named)
        raise ValueError(f"shapes must broadcast together, got {shapes}") from error


def check_moments(n: ArrayLike, mean: ArrayLike, m2: ArrayLike, suffix: str = "") -> Moments:
    """Sufficient statistics, broadcast together; a spread below the rounding of the mean becomes 0.

    Raises ValueError unless n is whole and at least 0, and mean and m2 are finite, m2 >= 0, wherever n > 0.
    """
    names = (f"n{suffix}", f"mean{suffix}", f"m2{suffix}")
    size, centre, square = broadcast(
        (check_whole(n, names[0]), names[0]),
        (as_floats(mean, names[1]), names[1]),
        (as_floats(m2, names[2]), names[2]),
    )
    centre = as_finite(np.where(size > 0, centre, 0.0), names[1])
    square = as_finite(np.where(size > 0, square, 0.0), names[2])
    if (square < 0).any():
        raise ValueError(f"{names[2]} must be at least 0, got {square.min()}")
    rounding = 10 * np.finfo(np.float64).eps * np.abs(centre)
    return Moments(size, centre, np.where(square <= size * rounding**2, 0.0, square))


def variance_of_mean(n: FloatArray, m2: FloatArray) -> FloatArray:
    """Squared standard error of a mean, s²/n; 0 where n < 2."""
    return np.where(n >= 2, m2 / np.maximum(n * (n - 1), 1), 0.0)


def contrast_test(
    estimate: FloatArray, parts: FloatArray, part_df: FloatArray, defined: ArrayLike, confidence: float
) -> ContrastTest:
    """Student inference on an estimate whose variance is a sum of independent parts (last axis).

    `parts` and `part_df` have the shape of `estimate` and one more axis; a part of 0 plays no role. The
    result is undefined (see the module) where `defined` is false or every part is 0.

    Source: Satterthwaite (1946), Biometrics Bulletin 2:110–114: df = (Σ v_i)² / Σ(v_i²/df_i).
    """
    variance = parts.sum(axis=-1)
    defined = np.asarray(defined) & (variance > 0)
    share = parts / np.where(defined, variance, 1.0)[..., None]
    wobble = (share**2 / np.maximum(part_df, 1)).sum(axis=-1)
    df = np.where(defined, 1 / np.where(defined, wobble, 1.0), 0.0)
    safe_df = np.where(defined, df, 1.0)
    error = np.sqrt(variance)
    quantile = np.asarray(-special.stdtrit(safe_df, (1 - check_confidence(confidence)) / 2), np.float64)
    p_value = 2 * special.stdtr(safe_df, -np.abs(estimate) / np.where(defined, error, 1.0))
    reach = np.where(defined, quantile * error, np.inf)
    # An estimate that does not exist (NaN) has infinite limits all the same.
    centre = np.where(defined, estimate, 0.0)
    return ContrastTest(centre - reach, centre + reach, np.where(defined, p_value, 1.0), df, quantile)


def t_interval(n: ArrayLike, mean: ArrayLike, m2: ArrayLike, confidence: float = 0.95) -> Interval:
    """Student's interval of a mean, arrays of any shapes that broadcast.

    −inf and +inf where n < 2 or there is no spread. Raises ValueError as `check_moments` does.

    Source: Student (1908), Biometrika 6:1–25.
    """
    size, centre, square = check_moments(n, mean, m2)
    error2 = variance_of_mean(size, square)
    test = contrast_test(centre, error2[..., None], (size - 1)[..., None], size >= 2, confidence)
    return Interval(test.low, test.high)


def fieller(
    numerator: FloatArray,
    numerator_variance: FloatArray,
    denominator: FloatArray,
    denominator_variance: FloatArray,
    quantile: FloatArray,
) -> Interval:
    """Limits of a ratio ρ of two independent means: every ρ with |a − ρb| <= quantile·√(V_a + ρ²V_b).

    Bounded where the denominator differs from 0 at this level. Otherwise the set is the line, or the outside
    of an interval; of the latter the ray around a/b is returned (the sign of b taken as the observed one),
    unless that would drop ρ = 1 from a set that holds it. ρ = 1 is therefore inside the limits exactly when
    the difference a − b is not significant. A denominator of exactly 0 has no ratio: −inf, +inf.

    Source: Fieller (1954), JRSS B 16:175–185.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = numerator / denominator
        g = quantile**2 * denominator_variance / denominator**2
        spread = quantile**2 * numerator_variance / denominator**2
        discriminant = ratio**2 * g + spread * (1 - g)
        root = np.sqrt(np.maximum(discriminant, 0))
        # The root nearer to 0 by the product of the roots, so that neither is a difference of near-equal
        # numbers.
        far_scaled = ratio + np.copysign(root, ratio)
        near = np.where(far_scaled == 0, 0.0, (ratio**2 - spread) / far_scaled)
        far = far_scaled / (1 - g)
        whole = (
            (denominator == 0) | (discriminant < 0) | ((g >= 1) & ((ratio == 0) | ((ratio < 0) & (far <= 1))))
        )
        low = np.where(g < 1, np.minimum(near, far), np.where(ratio > 0, near, -np.inf))
        high = np.where(g < 1, np.maximum(near, far), np.where(ratio > 0, np.inf, near))
    return Interval(np.where(whole, -np.inf, low), np.where(whole, np.inf, high))


def _strata(moments: Moments, name: str) -> Moments:
    """The same with strata on the last axis; ValueError for more than two axes."""
    if moments.n.ndim > 2:
        raise ValueError(f"{name} must have shape (cells,) or (cells, strata), got {moments.n.shape}")
    return moments if moments.n.ndim == 2 else Moments(*(array[..., None] for array in moments))


def compare_means(
    n_t: ArrayLike,
    mean_t: ArrayLike,
    m2_t: ArrayLike,
    n_c: ArrayLike,
    mean_c: ArrayLike,
    m2_c: ArrayLike,
    confidence: float = 0.95,
) -> MeanComparison:
    """Welch's comparison of two arms, each argument of shape (cells,) or (cells, strata); results (cells,).

    Strata are weighted by n_t n_c/(n_t + n_c). One with fewer than two units in an arm carries no variance
    and is left out (padding has n = 0). With one stratum this is Welch's test exactly.

    - p inverts both intervals: p < 1 − confidence exactly when the difference excludes 0, and when the
      relative lift excludes 0 (unless the control mean is exactly 0, when the lift is ±inf, or NaN for 0/0,
      and its limits are −inf and +inf). A control mean that is not significantly different from 0 leaves the
      lift unbounded.
    - No stratum with two units an arm, or no spread in either arm: limits −inf and +inf, p = 1, df = 0. The
      difference is NaN only where there is no stratum with a unit in both arms.
    - One arm without spread is Welch's limit: the other arm brings all of the variance and the df.
    - `cohens_d` divides by the pooled standard deviation within arms and strata; ±inf where that is 0 and the
      means differ, 0 where they do not, NaN where the difference is.

    Raises ValueError as `check_moments` does, or for more than two axes.

    Source: Welch (1947), Biometrika 34:28–35, df by Satterthwaite (1946) summed over strata; relative lift by
    Fieller (1954) on the same variances and the same quantile.
    """
    t = _strata(check_moments(n_t, mean_t, m2_t, "_t"), "n_t")
    c = _strata(check_moments(n_c, mean_c, m2_c, "_c"), "n_c")
    sides = broadcast(*((array, "n_t") for array in t), *((array, "n_c") for array in c))
    t, c = Moments(*sides[:3]), Moments(*sides[3:])

    weight = t.n * c.n / np.maximum(t.n + c.n, 1)
    usable = (t.n >= 2) & (c.n >= 2)
    defined = np.asarray(usable.any(axis=-1))
    weight = np.where(usable | ~defined[..., None], weight, 0.0)
    total = weight.sum(axis=-1)
    exists = total > 0
    share = weight / np.where(exists, total, 1.0)[..., None]
    a, b = (share * t.mean).sum(axis=-1), (share * c.mean).sum(axis=-1)
    difference = np.where(exists, (share * (t.mean - c.mean)).sum(axis=-1), np.nan)

    parts_t, parts_c = (np.where(usable, share**2 * variance_of_mean(x.n, x.m2), 0.0) for x in (t, c))
    parts = np.concatenate([parts_t, parts_c], axis=-1)
    part_df = np.concatenate([t.n - 1, c.n - 1], axis=-1)
    test = contrast_test(difference, parts, part_df, defined, confidence)

    limits = fieller(a, parts_t.sum(axis=-1), b, parts_c.sum(axis=-1), test.quantile)
    defined = defined & (test.df > 0)
    within_df = np.where(usable, t.n + c.n - 2, 0.0).sum(axis=-1)
    within = np.where(usable, t.m2 + c.m2, 0.0).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = np.where(exists, difference / b, np.nan)
        effect = np.where(difference == 0, 0.0, difference / np.sqrt(within / np.maximum(within_df, 1)))
    return MeanComparison(
        difference=difference,
        difference_low=test.low,
        difference_high=test.high,
        relative_lift=lift,
        relative_lift_low=np.where(defined, limits.low - 1, -np.inf),
        relative_lift_high=np.where(defined, limits.high - 1, np.inf),
        p_value=test.p_value,
        df=test.df,
        cohens_d=effect,
    )


def ratio_moments(
    n: ArrayLike, mean_y: ArrayLike, mean_x: ArrayLike, m2_y: ArrayLike, m2_x: ArrayLike, m_xy: ArrayLike
) -> Moments:
    """A ratio metric Σy/Σx linearised per unit, so that `t_interval` and `compare_means` serve it.

    `m_xy` is the centred cross-product Σ(x − x̄)(y − ȳ). Each unit becomes r + (y − r x)/x̄ with r = ȳ/x̄;
    the mean of that is r, its variance over n the delta method's. A cell whose x̄ is 0 has no ratio: n and m2
    are 0, mean is NaN.

    Raises ValueError as `check_moments` does, or where m_xy is not finite or breaks m_xy² <= m2_x m2_y.

    Source: Deng, Knoblich & Lu (2018), KDD, "Applying the Delta Method in Metric Analytics"; linearisation as
    in Budylin et al. (2018), WSDM, "Consistent Transformation of Ratio Metrics".
    """
    y = check_moments(n, mean_y, m2_y, "_y")
    x = check_moments(n, mean_x, m2_x, "_x")
    size, mean_y_, m2_y_, mean_x_, m2_x_, cross = broadcast(
        (y.n, "n"),
        (y.mean, "mean_y"),
        (y.m2, "m2_y"),
        (x.mean, "mean_x"),
        (x.m2, "m2_x"),
        (as_floats(m_xy, "m_xy"), "m_xy"),
    )
    y, x = Moments(size, mean_y_, m2_y_), Moments(size, mean_x_, m2_x_)
    cross = as_finite(np.where(size > 0, cross, 0.0), "m_xy")
    bound = np.sqrt(y.m2) * np.sqrt(x.m2)
    # Sums accumulate rounding of the order of the uncentred cross-product.
    slack = 1e-9 * (bound + y.n * np.abs(y.mean * x.mean))
    if (np.abs(cross) > bound + slack).any():
        worst = np.abs(cross) > bound + slack
        raise ValueError(
            f"m_xy must lie within ±√(m2_x·m2_y), got {cross[worst].flat[0]} "
            f"with a bound of {bound[worst].flat[0]}"
        )
    exists = (y.n > 0) & (x.mean != 0)
    divisor = np.where(exists, x.mean, 1.0)
    ratio = y.mean / divisor
    m2 = np.maximum(y.m2 - 2 * ratio * cross + ratio**2 * x.m2, 0.0) / divisor**2
    return Moments(np.where(exists, y.n, 0.0), np.where(exists, ratio, np.nan), np.where(exists, m2, 0.0))
