"""Adjusted p-values within declared families.

Bonferroni, Holm and Hochberg control the family-wise error rate (Hochberg under independence or positive
dependence), Benjamini–Hochberg the false discovery rate under the same condition, Benjamini–Yekutieli under
any dependence. The two rates are not the same promise.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from microlift.stats.checks import FloatArray

# p-values sorted within their family, rank from 1, size of the family → raw adjustment
Scale = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


def _benjamini_yekutieli(p: FloatArray, rank: FloatArray, size: FloatArray) -> FloatArray:
    harmonic = np.cumsum(1 / np.arange(1, int(size.max(initial=1)) + 1))
    return p * size / rank * harmonic[size.astype(np.intp) - 1]


# Each procedure is a raw adjustment and the direction in which it is made monotone: a step-down takes the
# running maximum from the smallest p, a step-up the running minimum from the largest.
PROCEDURES: dict[str, tuple[Scale, str]] = {
    "bonferroni": (lambda p, rank, size: p * size, "down"),
    "holm": (lambda p, rank, size: p * (size - rank + 1), "down"),
    "hochberg": (lambda p, rank, size: p * (size - rank + 1), "up"),
    "benjamini_hochberg": (lambda p, rank, size: p * size / rank, "up"),
    "benjamini_yekutieli": (_benjamini_yekutieli, "up"),
}


def _probabilities(p: ArrayLike) -> FloatArray:
    """p as floats, None and NaN as NaN; ValueError outside [0, 1] or for what is no number."""
    try:
        values = pd.to_numeric(pd.Series(np.asarray(p).ravel()), errors="raise")
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(f"p must be numbers in [0, 1] or missing, got {p!r}") from error
    wrong = (numbers < 0) | (numbers > 1)
    if wrong.any():
        raise ValueError(f"p must lie in [0, 1] or be missing, got {numbers[wrong][0]}")
    return numbers


def adjust(p: ArrayLike, families: ArrayLike, method: str) -> FloatArray:
    """p-values adjusted within each family, in the order and shape of `p`.

    `families` holds a label a p-value (any hashable type), or one label for all. `method` is a key of
    `PROCEDURES`. A missing p-value (NaN, None: a test that could not be made) stays NaN and does not count in
    its family.

    Raises ValueError for another method, a p outside [0, 1], a missing label, or labels of another shape.

    Source: Holm (1979), Scand. J. Statist. 6:65–70; Hochberg (1988), Biometrika 75:800–802; Benjamini &
    Hochberg (1995), JRSS B 57:289–300; Benjamini & Yekutieli (2001), Ann. Statist. 29:1165–1188. Values equal
    R's `p.adjust`.
    """
    if method not in PROCEDURES:
        raise ValueError(f"method must be one of {', '.join(PROCEDURES)}, got {method!r}")
    shape = np.shape(p)
    values = _probabilities(p)
    labels = np.asarray(families, dtype=object)  # as text, a missing label would become a label
    if labels.ndim and labels.shape != shape:
        raise ValueError(f"families must be one label or have the shape {shape} of p, got {labels.shape}")
    codes, _ = pd.factorize(np.broadcast_to(labels, shape).ravel())
    if (codes < 0).any():
        raise ValueError("families must have a label for every p-value, got a missing one")

    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.lexsort((values[tested], codes[tested]))]
    family = pd.Series(codes[order])
    groups = family.groupby(family)
    rank = 1 + np.asarray(groups.cumcount(), dtype=np.float64)
    size = np.asarray(groups.transform("size"), dtype=np.float64)
    scale, direction = PROCEDURES[method]
    raw = pd.Series(scale(values[order], rank, size))
    if direction == "down":
        monotone = raw.groupby(family).cummax()
    else:
        monotone = raw[::-1].groupby(family[::-1]).cummin()[::-1]
    adjusted = np.full(values.shape, np.nan)
    adjusted[order] = np.minimum(monotone.to_numpy(), 1.0)
    return adjusted.reshape(shape)
