"""Does one effect hold in every segment, and if not, does it change sign? Two variants over strata.

Arrays have shape (cells, strata) and may be padded with strata without units.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from microlift.stats.checks import FloatArray, as_finite
from microlift.stats.omnibus import chi_squared_p
from microlift.stats.tables import as_tables, mantel_haenszel_odds_ratio


@dataclass(frozen=True)
class Homogeneity:
    """χ² of equal odds ratios (cells,), its degrees of freedom and p; the common odds ratio it is held to."""

    statistic: FloatArray
    df: FloatArray
    p_value: FloatArray
    odds_ratio: FloatArray


@dataclass(frozen=True)
class SignFlip:
    """Gail and Simon's test (cells,): `statistic` is the smaller of the sums for gain and for loss.

    `strata` counts those with a known effect; with fewer than two of them the statistic is 0 and p is 1.
    """

    statistic: FloatArray
    p_value: FloatArray
    gain: FloatArray
    loss: FloatArray
    strata: FloatArray


def breslow_day(
    successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike
) -> Homogeneity:
    """Breslow–Day test of equal odds ratios over strata, with Tarone's correction; results (cells,).

    A stratum without units of both variants, or in which nobody or everybody converted, says nothing and has
    no degree of freedom. With fewer than two strata that say something, or where the Mantel–Haenszel odds
    ratio is 0, infinite or unknown, the statistic is 0 with df = 0 and p = 1.

    Raises ValueError as `microlift.stats.tables.as_tables` does.

    Source: Breslow & Day (1980), Statistical Methods in Cancer Research I, section 4.4; Tarone (1985),
    Biometrika 72:91–95.
    """
    tables = as_tables(successes_t, n_t, successes_c, n_c)
    x, n1, n0 = tables.x_t, tables.n_t, tables.n_c
    total = x + tables.x_c
    ratio = mantel_haenszel_odds_ratio(tables)
    usable = np.isfinite(ratio) & (ratio > 0)
    theta = np.where(usable, ratio, 1.0)[:, None]
    # Successes of the variant that have this odds ratio, given the margins: the root of a quadratic.
    a = 1 - theta
    b = n0 - total + theta * (n1 + total)
    c = -theta * n1 * total
    root = np.sqrt(np.maximum(b * b - 4 * a * c, 0.0))
    expected = np.where(b + root > 0, -2 * c / np.where(b + root > 0, b + root, 1.0), 0.0)
    corners = np.stack([expected, total - expected, n1 - expected, n0 - total + expected])
    says = (n1 > 0) & (n0 > 0) & (total > 0) & (total < n1 + n0) & (corners > 0).all(axis=0)
    variance = np.where(says, 1 / (1 / np.where(says, corners, 1.0)).sum(axis=0), 0.0)
    gap = np.where(says, x - expected, 0.0)
    spread = variance.sum(axis=1)
    df = np.where(usable, np.maximum(says.sum(axis=1) - 1.0, 0.0), 0.0)
    plain = np.where(says, gap**2 / np.where(says, variance, 1.0), 0.0).sum(axis=1)
    tarone = plain - gap.sum(axis=1) ** 2 / np.where(spread > 0, spread, 1.0)
    statistic = np.where(df > 0, np.maximum(tarone, 0.0), 0.0)
    return Homogeneity(statistic, df, chi_squared_p(statistic, df), ratio)


def sign_flip(effect: ArrayLike, error: ArrayLike) -> SignFlip:
    """Gail and Simon's likelihood-ratio test that the effect has one sign in all strata; results (cells,).

    `error` are standard errors, in the unit of `effect`; a stratum with an error of 0 or below plays no part.
    A small p says that the variant helps in some strata and harms in others, which no common scale can undo.

    Raises ValueError for values that are not finite, or other than two axes.

    Source: Gail & Simon (1985), Biometrics 41:361–372.
    """
    gap, sd = np.broadcast_arrays(as_finite(effect, "effect"), as_finite(error, "error"))
    if gap.ndim != 2:
        raise ValueError(f"effect must have shape (cells, strata), got {gap.shape}")
    known = sd > 0
    z2 = np.where(known, (gap / np.where(known, sd, 1.0)) ** 2, 0.0)
    gain, loss = (np.where(side, z2, 0.0).sum(axis=1) for side in (gap > 0, gap < 0))
    strata = known.sum(axis=1).astype(np.float64)
    statistic = np.minimum(gain, loss)
    # Under the least favourable effects (one far away, the others 0) h of the others lie on the wrong side.
    h = np.arange(1.0, max(gap.shape[1], 2))[:, None]
    trials = np.maximum(strata - 1, 0)
    weight = np.where(h <= trials, special.comb(trials, h) * 0.5**trials, 0.0)
    p_value = (weight * special.chdtrc(h, statistic)).sum(axis=0)
    return SignFlip(statistic, np.where(statistic > 0, p_value, 1.0), gain, loss, strata)


def log_odds_ratio(
    successes: tuple[FloatArray, FloatArray], n: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Log odds ratio of (variant, baseline) counts and its variance, with ½ added to all four where one is 0.

    Source: Haldane (1956), Ann. Hum. Genet. 20:309–311; Woolf (1955), Ann. Hum. Genet. 19:251–253.
    """
    corners = np.stack([successes[0], n[0] - successes[0], successes[1], n[1] - successes[1]])
    corners = corners + np.where((corners == 0).any(axis=0), 0.5, 0.0)
    sign = np.array([1.0, -1.0, -1.0, 1.0]).reshape(-1, *[1] * successes[0].ndim)
    return (sign * np.log(corners)).sum(axis=0), (1 / corners).sum(axis=0)
