"""Deterministic assignment: the same answers as the macros `assign_variant` and `unit_share`."""

import hashlib
from collections.abc import Mapping, Sequence

BITS = 52  # of the hash that are used: a double holds them exactly
HOLDBACK = "holdback"

Unit = str | int | None


def unit_share(unit: Unit, salt: str) -> float | None:
    """Place of a unit in [0, 1) under a salt; None where the unit is None or blank.

    The first 52 bits of the MD5 of salt, line feed and unit in UTF-8, over 2⁵². Spaces around the unit do not
    count; nothing else is normalised, so two spellings of one letter are two units. Raises TypeError for a
    unit that is neither text nor whole number: others have no one spelling.
    """
    if unit is None:
        return None
    if isinstance(unit, bool) or not isinstance(unit, (str, int)):
        raise TypeError(f"unit must be a text or a whole number, got {unit!r}")
    text = str(unit).strip(" ")
    if not text:
        return None
    digest = hashlib.md5(f"{salt}\n{text}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[: BITS // 4], 16) / 2**BITS


def assign_variant(
    unit: Unit, salt: str, variants: Sequence[str] | Mapping[str, float], holdback: float = 0
) -> str | None:
    """Variant of a unit: `HOLDBACK` for a share of `holdback`, else by cumulative weights in the order given.

    `variants` are names (equal weights) or a mapping of name → weight; only proportions count. Holdback and
    variant have a hash each: changing the one share moves nobody in the other. When weights change, a unit
    moves only if a cumulative bound passes over it. A unit that is None or blank has no variant (None).

    Raises ValueError for weights below 0 or without any above, or a holdback outside [0, 1]; TypeError as
    `unit_share` does.
    """
    weights = variants if isinstance(variants, Mapping) else dict.fromkeys(variants, 1)
    if not weights or min(weights.values()) < 0 or sum(weights.values()) <= 0:
        raise ValueError(f"variants must have weights of at least 0, one of them above 0, got {variants!r}")
    if not 0 <= holdback <= 1:
        raise ValueError(f"holdback must lie in [0, 1], got {holdback}")
    share, held = unit_share(unit, salt), unit_share(unit, f"{salt}: holdback")
    if share is None or held is None:
        return None
    if held < holdback:
        return HOLDBACK
    total, reached = sum(weights.values()), 0.0
    offered = [(name, weight) for name, weight in weights.items() if weight > 0]
    for name, weight in offered[:-1]:
        reached += weight
        if share < reached / total:
            return name
    return offered[-1][0]
