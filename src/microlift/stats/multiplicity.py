"""Adjusted p-values within declared families.

Bonferroni, Holm and Hochberg control the family-wise error rate (Hochberg under independence or positive
dependence), Benjamini–Hochberg the false discovery rate under the same condition, Benjamini–Yekutieli under
any dependence. The two rates are not the same promise. The hierarchical scheme controls the family-wise error
rate of tests of which some are opened by others.
"""

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from microlift.stats.checks import MOST_UNITS, FloatArray, as_finite

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


HIERARCHICAL = "hierarchical"
"""The procedure that needs to know which test opens which, beside the flat ones."""


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


def _openers(opened_by: ArrayLike) -> NDArray[np.int64]:
    places = as_finite(opened_by, "opened_by")
    wrong = (places != np.floor(places)) | (np.abs(places) > MOST_UNITS)
    if wrong.any():
        raise ValueError(f"opened_by must be places in p or −1, got {places[wrong].flat[0]}")
    return places.astype(np.int64)


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
    return adjust_all(p, families, (method,))[method]


def adjust_all(
    p: ArrayLike, families: ArrayLike, methods: Collection[str] = PROCEDURES
) -> dict[str, FloatArray]:
    """`adjust` by several procedures, by name: p is checked and sorted once."""
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
    family = codes[order]
    start = np.searchsorted(family, family)
    size = (np.searchsorted(family, family, side="right") - start).astype(np.float64)
    rank = (1 + np.arange(len(family)) - start).astype(np.float64)
    own = family * len(family)
    adjusted = {}
    for method in methods:
        scale, direction = PROCEDURES[method]
        raw = np.minimum(scale(values[order], rank, size), 1.0)
        by_size = np.argsort(raw, kind="stable")
        place = np.empty_like(by_size)
        place[by_size] = np.arange(len(raw))
        # Families have ranges of places of their own, so that one running extreme serves all.
        place += own
        if direction == "down":
            extreme = np.maximum.accumulate(place)
        else:
            extreme = np.minimum.accumulate(place[::-1])[::-1]
        monotone = raw[by_size[extreme - own]]
        adjusted[method] = np.full(values.shape, np.nan)
        adjusted[method][order] = monotone
        adjusted[method] = adjusted[method].reshape(shape)
    return adjusted


def hierarchical(p: ArrayLike, families: ArrayLike, opened_by: ArrayLike) -> FloatArray:
    """p-values adjusted within each family by Bonferroni-based gatekeeping; shape (tests,).

    `opened_by` (tests, openers) holds the places in `p` of the tests that open a test, −1 for none. A test
    that nothing of its own family opens is a gate. With G gates in the family, each has alpha / G; a gate
    that is passed hands its share, in equal parts, to the blocks that it opens. A block, the tests with the
    same openers, is tested by Holm's procedure at the sum of what it was handed, so that *one* passed gate is
    enough. The adjusted p is the least alpha at which the test is rejected.

    Family-wise error is at most alpha under any dependence: a true gate errs with its own alpha / G, and what
    the false ones hand on is no more than theirs. A missing p stays NaN, opens nothing and counts for nothing.

    Raises ValueError for a p outside [0, 1], a missing label, openers of another shape or out of range, or
    one that is itself opened by another.

    Source: Dmitrienko, Offen & Westfall (2003), Stat. Med. 22:2387–2400 (parallel gatekeeping); Bretz, Maurer,
    Brannath & Posch (2009), Stat. Med. 28:586–604 (of which graphs this is one).
    """
    values = _probabilities(p)
    count = len(values)
    openers = _openers(opened_by).reshape(count, -1) if count else np.empty((0, 1), np.int64)
    if ((openers < -1) | (openers >= count)).any():
        raise ValueError(f"opened_by must be places in p or −1, got {openers.min()} to {openers.max()}")
    labels = np.broadcast_to(np.asarray(families, dtype=object), (count,))
    family, _ = pd.factorize(labels)
    if (family < 0).any():
        raise ValueError("families must have a label for every p-value, got a missing one")
    tested = ~np.isnan(values)
    usable = (openers >= 0) & tested[openers] & (family[openers] == family[:, None])
    opened = usable.any(axis=1)
    if (usable & opened[openers]).any():
        raise ValueError("opened_by must name gates, got a test that is itself opened by another")

    gates = np.bincount(family[tested & ~opened], minlength=count + 1)[family].astype(np.float64)
    adjusted = np.where(opened, np.nan, np.minimum(values * gates, 1.0))
    inside = np.flatnonzero(opened & tested)
    if not inside.size:
        return adjusted
    keys = pd.DataFrame(np.where(usable, openers, -1)[inside])
    block = keys.groupby(list(keys)).ngroup().to_numpy()
    _, first = np.unique(block, return_index=True)
    blocks = keys.to_numpy()[first]
    shares = np.bincount(blocks[blocks >= 0], minlength=count)
    holm = adjust(values[inside], block, "holm")
    # The least alpha at which a set of its gates is passed and hands enough, over all sets of gates.
    best = np.ones(len(inside))
    for chosen in range(1, 2 ** openers.shape[1]):
        members = [place for place in range(openers.shape[1]) if chosen >> place & 1]
        chosen_gates = keys.to_numpy()[:, members]
        exists = (chosen_gates >= 0).all(axis=1)
        passed = np.where(exists, (values[chosen_gates] * gates[chosen_gates]).max(axis=1), 1.0)
        handed = (1 / np.maximum(shares[chosen_gates] * gates[chosen_gates], 1)).sum(axis=1)
        best = np.where(exists, np.minimum(best, np.maximum(passed, holm / handed)), best)
    adjusted[inside] = best
    return adjusted
