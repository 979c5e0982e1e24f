"""Rates of two arms that maximise the binomial likelihood under a given contrast, in closed form.

Each function takes `Tables` of shape (cells, strata) and a contrast of shape (cells, 1), and returns the pair
(treatment rate, control rate), each (cells, strata), within [0, 1]. The formulas are the published ones,
arranged to avoid the difference of near-equal numbers, so that rates of one in a million keep their digits.
"""

import numpy as np

from microlift.stats.checks import FloatArray
from microlift.stats.tables import Tables


def rates_at_difference(tables: Tables, difference: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rates with p_t − p_c = `difference`, a number in [−1, 1].

    Source: Miettinen & Nurminen (1985), Statistics in Medicine 4:213–226; Farrington & Manning (1990),
    ibid. 9:1447–1454. Their cubic has one root in [1 − |difference|, 1], well away from the others when rates
    are small. It is found by the cosine formula and divided out; the wanted root is that of a quadratic.
    """
    # A negative difference is a positive one with the arms swapped, and so are failures for successes.
    mirror = 2 * tables.successes > tables.total
    swap = (difference < 0) != mirror
    x_t = np.where(mirror, tables.n_t - tables.x_t, tables.x_t)
    x_c = np.where(mirror, tables.n_c - tables.x_c, tables.x_c)
    gap = np.abs(difference)
    total, n_low = tables.total, np.where(swap, tables.n_t, tables.n_c)
    x_low = np.where(swap, x_t, x_c)

    # The cubic p³ + 3a·p² + b·p + c = 0 of the arm with the lower rate.
    a = ((total + n_low) * gap - total - x_t - x_c) / (3 * total)
    b = ((n_low * gap - total - 2 * x_low) * gap + x_t + x_c) / total
    c = x_low * gap * (1 - gap) / total
    radius = np.sqrt(np.maximum(a * a - b / 3, 1e-60))
    cosine = np.clip((a * (b / 2 - a * a) - c / 2) / radius**3, -1, 1)
    largest = np.maximum(2 * radius * np.cos(np.arccos(cosine) / 3) - a, np.maximum(1 - gap, 1e-100))
    half_sum = (b + c / largest) / (2 * largest)
    root = np.abs(half_sum) + np.sqrt(half_sum * half_sum + c / largest)
    with np.errstate(invalid="ignore"):
        low = np.where(half_sum >= 0, root, np.where(c > 0, c / largest / root, 0.0))

    low = np.clip(low, 0, 1 - gap)
    high = low + gap
    rate_t, rate_c = np.where(swap, low, high), np.where(swap, high, low)
    return np.where(mirror, 1 - rate_t, rate_t), np.where(mirror, 1 - rate_c, rate_c)


def rates_at_ratio(tables: Tables, ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rates with p_t / p_c = `ratio`, a positive number.

    Source: Miettinen & Nurminen (1985), as above; Koopman (1984), Biometrics 40:513–517. The discriminant
    of their quadratic, (a + b)² − 4·ratio·N·m, equals (a − b)² + 4·ratio·f_t·f_c with f the failures.
    """
    a = ratio * (tables.n_t + tables.x_c)
    b = tables.n_c + tables.x_t
    failures = (tables.n_t - tables.x_t) * (tables.n_c - tables.x_c)
    rate_c = 2 * tables.successes / (a + b + np.sqrt((a - b) ** 2 + 4 * ratio * failures))
    rate_c = np.minimum(rate_c, 1.0)
    return np.minimum(ratio * rate_c, 1.0), rate_c


def rates_at_odds_ratio(tables: Tables, odds_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rates with the given odds ratio, a positive number, and the observed successes of both arms together.

    They are both the restricted maximum of the likelihood (Miettinen & Nurminen 1985, as above) and the pair
    onto which Thomas & Gart (1977), JASA 72:73–76, map an odds ratio.
    """
    # Frequent successes are rare failures, whose odds ratio is the reciprocal.
    mirror = 2 * tables.successes > tables.total
    m = np.where(mirror, tables.total - tables.successes, tables.successes)
    ratio = np.where(mirror, 1 / odds_ratio, odds_ratio)
    excess = ratio - 1
    linear = tables.n_t * ratio + tables.n_c - m * excess
    root = np.sqrt(
        np.where(
            excess > 0,
            linear**2 + 4 * tables.n_c * excess * m,
            (tables.n_c + m * excess) ** 2 + tables.n_t * ratio * (linear + tables.n_c - m * excess),
        )
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        rate_c = np.where(linear >= 0, 2 * m / (linear + root), (root - linear) / (2 * tables.n_c * excess))
    rate_c = np.clip(rate_c, 0, 1)
    # The margin gives the other rate, unless the control is so large that it would drown it.
    by_margin = (m - tables.n_c * rate_c) / tables.n_t
    by_ratio = ratio * rate_c / np.maximum(1 - rate_c + ratio * rate_c, np.finfo(float).tiny)
    rate_t = np.where(m > 0.75 * tables.n_c, np.clip(by_margin, 0, 1), by_ratio)
    return np.where(mirror, 1 - rate_t, rate_t), np.where(mirror, 1 - rate_c, rate_c)
