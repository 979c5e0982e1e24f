"""Sample ratio monitoring: a test that may be read at every look."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from microlift.stats.checks import FloatArray, as_finite, check_whole

CONCENTRATIONS = (30.0, 1_000.0, 30_000.0)
"""Of the Dirichlet alternatives around the declared weights: from gross mismatches to fine ones."""


@dataclass(frozen=True)
class RatioSequence:
    """Log evidence against the declared weights and the always-valid p, (cells, looks).

    p never rises from look to look; it is 0 where an arm of weight 0 has units.
    """

    log_evidence: FloatArray
    p_value: FloatArray


def sequential_sample_ratio(units: ArrayLike, weights: ArrayLike) -> RatioSequence:
    """Always-valid multinomial test of units per arm against weights, over looks.

    `units` (cells, looks, strata, arms) are those that came new in each look, strata being allocation epochs;
    `weights` (cells, strata, arms) need not sum to 1. The evidence is the Bayes factor of Dirichlet
    alternatives centred on the weights, averaged over `CONCENTRATIONS` within each stratum and multiplied over
    strata. Under the declared weights it is a martingale, so the chance that p ever falls to alpha or below,
    at whatever looks, is at most alpha.

    Raises ValueError for counts that are not whole or below 0, weights that are not finite or below 0, strata
    with units and no weight at all, or another number of axes.

    Source: Lindon & Malek (2022), "Anytime-valid inference for multinomial count data", NeurIPS 35.
    """
    counts, shares = check_whole(units, "units"), as_finite(weights, "weights")
    if counts.ndim != 4 or shares.shape != (len(counts), *counts.shape[2:]):
        raise ValueError(
            "units must have shape (cells, looks, strata, arms) and weights (cells, strata, arms), got "
            f"{counts.shape} and {shares.shape}"
        )
    if (shares < 0).any():
        raise ValueError(f"weights must be at least 0, got {shares.min()}")
    total = shares.sum(axis=-1, keepdims=True)
    if ((total[..., 0] == 0) & (counts.sum(axis=(1, 3)) > 0)).any():
        raise ValueError("weights must have an arm above 0 in every stratum with units, got only 0")
    theta = (shares / np.where(total > 0, total, 1.0))[:, None]
    seen = counts.cumsum(axis=1)
    weighted = theta > 0
    known = np.where(weighted, seen, 0.0)
    size = known.sum(axis=-1)
    null = (known * np.log(np.where(weighted, theta, 1.0))).sum(axis=-1)
    parts = []
    for concentration in CONCENTRATIONS:
        prior = np.where(weighted, concentration * theta, 1.0)
        each = np.where(weighted, special.gammaln(prior + known) - special.gammaln(prior), 0.0).sum(axis=-1)
        parts.append(special.gammaln(concentration) - special.gammaln(concentration + size) + each - null)
    evidence = (special.logsumexp(parts, axis=0) - np.log(len(parts))).sum(axis=-1)
    broken = ((seen > 0) & ~weighted).any(axis=(2, 3))
    evidence = np.where(broken, np.inf, evidence)
    p_value = np.exp(-np.maximum(np.maximum.accumulate(evidence, axis=1), 0.0))
    return RatioSequence(evidence, p_value)
