"""Is the experiment itself sound? Sample ratio mismatch and contamination."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from microlift.stats.checks import FloatArray, as_finite, check_counts, check_whole
from microlift.stats.omnibus import SPARSE_BELOW, OmnibusTest, chi_squared_p, omnibus_proportions


@dataclass(frozen=True)
class SampleRatio:
    """Test of observed units against declared weights, a value a cell.

    `method` is 'chi_squared' or 'binomial' (exact). `sparse` marks a χ² with an expected count below 5.
    """

    statistic: FloatArray
    df: FloatArray
    p_value: FloatArray
    method: NDArray[np.str_]
    sparse: NDArray[np.bool_]


@dataclass(frozen=True)
class Contamination:
    """Units seen in more than one arm: rate (cells,), by first-seen arm (cells, arms), test of equality.

    A rate without units is NaN.
    """

    rate: FloatArray
    rate_by_arm: FloatArray
    test: OmnibusTest


def _central_binomial_p(observed: FloatArray, total: FloatArray, probability: FloatArray) -> FloatArray:
    """Twice the smaller tail of the binomial distribution, at most 1."""
    lower = stats.binom.cdf(observed, total, probability)
    upper = stats.binom.sf(observed - 1, total, probability)
    return np.minimum(2 * np.minimum(lower, upper), 1.0)


def sample_ratio(observed: ArrayLike, weights: ArrayLike) -> SampleRatio:
    """Goodness of fit of units per arm to the declared allocation weights.

    `observed` has shape (cells, arms) or (cells, strata, arms), strata being allocation epochs; `weights`
    broadcasts to it and need not sum to 1. χ² and df are summed over strata, because only within one do the
    weights hold. An arm of weight 0 has no place in the test, unless it has units: then the ratio is broken,
    χ² is inf and p is 0. A stratum without units or with a single arm has no df; without any df, p = 1.

    Where an expected count is below 5 and the cell has two arms in one stratum, p is the exact binomial one
    (twice the smaller tail); `statistic` stays χ².

    Raises ValueError for counts that are not whole or below 0, weights that are not finite or below 0, strata
    with units and no weight at all, or another number of axes.

    Source: Fabijan et al. (2019), KDD, "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments";
    Clopper & Pearson (1934) for the central binomial test.
    """
    counts = check_whole(observed, "observed")
    shares = as_finite(weights, "weights")
    if counts.ndim not in (2, 3):
        raise ValueError(
            f"observed must have shape (cells, arms) or (cells, strata, arms), got {counts.shape}"
        )
    if (shares < 0).any():
        raise ValueError(f"weights must be at least 0, got {shares.min()}")
    try:
        shares = np.broadcast_to(shares, counts.shape)
    except ValueError as error:
        message = f"weights of shape {shares.shape} must broadcast to {counts.shape}, that of observed"
        raise ValueError(message) from error
    if counts.ndim == 2:
        counts, shares = counts[:, None, :], shares[:, None, :]

    total, weight = counts.sum(axis=-1, keepdims=True), shares.sum(axis=-1, keepdims=True)
    if ((weight == 0) & (total > 0)).any():
        raise ValueError("weights must have an arm above 0 in every stratum with units, got only 0")
    probability = shares / np.where(weight > 0, weight, 1.0)
    expected = total * probability
    tested = expected > 0
    chi2 = np.where(tested, (counts - expected) ** 2 / np.where(tested, expected, 1.0), 0.0)
    broken = ((counts > 0) & (shares == 0)).any(axis=(1, 2))
    statistic = np.where(broken, np.inf, chi2.sum(axis=(1, 2)))
    freedom = np.maximum(tested.sum(axis=-1) - 1.0, 0.0)
    df = freedom.sum(axis=1)
    p_value = np.where(broken, 0.0, chi_squared_p(statistic, df))

    sparse = (tested & (expected < SPARSE_BELOW)).any(axis=(1, 2))
    exact = sparse & ~broken & (df == 1)
    # With df = 1 there is one stratum of two arms: the cell's only tested pair, of which the first arm is
    # counted.
    cells = np.flatnonzero(exact)
    stratum = freedom[cells].argmax(axis=1)
    arm = tested[cells, stratum].argmax(axis=1)
    p_value[cells] = _central_binomial_p(
        counts[cells, stratum, arm], total[cells, stratum, 0], probability[cells, stratum, arm]
    )
    method = np.where(exact, "binomial", "chi_squared")
    return SampleRatio(statistic, df, p_value, method, sparse & ~exact)


def contamination_by_arm(contaminated: ArrayLike, units: ArrayLike) -> Contamination:
    """Contaminated units by first-seen arm, shape (cells, arms), with Pearson's χ² test of equal rates.

    Arms may be padded with units = 0. Unequal rates mean that the contamination is itself an effect of the
    variant, and that leaving such units out would bias the comparison.

    Raises ValueError as `check_counts` does, or for another number of axes.
    """
    crossed, total = check_counts(contaminated, units, "contaminated", "units")
    if crossed.ndim != 2:
        raise ValueError(f"contaminated must have shape (cells, arms), got {crossed.shape}")

    def rate(part: FloatArray, whole: FloatArray) -> FloatArray:
        return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)

    overall = rate(crossed.sum(axis=-1), total.sum(axis=-1))
    return Contamination(overall, rate(crossed, total), omnibus_proportions(crossed, total))
