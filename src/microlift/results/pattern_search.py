"""The patterns of a pattern set in one experiment, with their units by variant, allocation epoch and conversion."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from microlift.behaviour.prefixspan import Patterns, Sequences, TooManyPatterns, prefixspan
from microlift.stats.checks import FloatArray

CONVERTED = ["no", "yes", "early"]

SEARCHED = 200_000
"""Patterns that one search may find; beyond, it looks for more frequent ones only."""


@dataclass(frozen=True)
class PatternSet:
    """A row of `int_pattern_sets`; limits that are None do not limit."""

    pattern_set_id: str
    period: str
    metric_id: str
    landmark_seconds: int | None
    min_support_share: float
    min_units: int
    max_length: int
    max_gap: int | None
    max_span: int | None
    max_patterns: int
    correction: str
    alpha: float

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> "PatternSet":
        values = {name: row[name] for name in cls.__dataclass_fields__}
        for name in ("landmark_seconds", "min_units", "max_length", "max_gap", "max_span", "max_patterns"):
            values[name] = None if pd.isna(values[name]) else int(values[name])
        return cls(**values)


@dataclass(frozen=True)
class Mined:
    """Patterns, the most frequent first, and their units.

    `units` is (variants, epochs, 3): not converted, converted, and converted before the landmark. `shown`, those of the
    units that show a pattern, is (patterns, variants, epochs, 3). `note` says what was left out of the search.
    """

    patterns: list[list[str]]
    variants: list[str]
    units: FloatArray
    shown: FloatArray
    note: str | None


def mine(rows: pd.DataFrame, chosen: PatternSet, variants: list[str]) -> Mined:
    """Search the sequences of one set and experiment (rows of `int_pattern_counts`).

    `variants` names all that are to be told apart, units or not. A pattern is found if at least `min_support_share` of
    the units, and `min_units` of them, show it; all variants together, so that the search knows nothing of their
    differences.
    """
    epochs = sorted(rows["allocation_epoch"].unique())
    shape = (len(variants), len(epochs), len(CONVERTED))
    group = np.ravel_multi_index(
        (
            pd.Categorical(rows["variant_id"], variants).codes,
            pd.Categorical(rows["allocation_epoch"], epochs).codes,
            pd.Categorical(rows["converted"], CONVERTED).codes,
        ),
        shape,
    )
    weights = rows["units"].to_numpy(dtype=np.int64)
    totals = np.bincount(group, weights, math.prod(shape)).reshape(shape)
    total = int(weights.sum())
    least = max(chosen.min_units, math.ceil(chosen.min_support_share * total * (1 - 1e-12)))

    sequences, names = _encoded(rows["items"], weights, group)
    found, support = _search(sequences, least, chosen)
    kept = found.items[: chosen.max_patterns]
    by_group = np.zeros((len(kept), math.prod(shape)))
    by_group[:, : found.support.shape[1]] = found.support[: len(kept)]
    return Mined(
        patterns=[[names[code] for code in items] for items in kept],
        variants=variants,
        units=totals.astype(np.float64),
        shown=by_group.reshape(len(kept), *shape),
        note="; ".join(_said(chosen, found, least, support, total, int(rows["units_of_set"].max()))) or None,
    )


def _encoded(items: pd.Series, weights: np.ndarray, group: np.ndarray) -> tuple[Sequences, list[str]]:
    """Sequences of codes, and the items that they stand for, in the order of the alphabet."""
    lists = [[] if missing else list(row) for row, missing in zip(items, items.isna(), strict=True)]
    names = sorted({item for row in lists for item in row})
    code = {name: number for number, name in enumerate(names)}
    coded = [[code[item] for item in row] for row in lists]
    return Sequences.of(coded, weights.tolist(), group.tolist()), names


def _search(sequences: Sequences, least: int, chosen: PatternSet) -> tuple[Patterns, int]:
    support = least
    while True:
        try:
            limits = (chosen.max_length, chosen.max_gap, chosen.max_span, SEARCHED)
            return prefixspan(sequences, support, *limits), support
        except TooManyPatterns:
            support *= 2


def _said(
    chosen: PatternSet, found: Patterns, least: int, support: int, total: int, units_of_set: int
) -> Iterator[str]:
    if chosen.period == "post_exposure" and chosen.landmark_seconds is None:
        yield "no landmark: who converts soon has little time to show a pattern, so conversion looks lower with it"
    if total < units_of_set:
        yield f"a sample: {total:,} of {units_of_set:,} units were drawn (max_units)"
    kept, count = min(len(found.items), chosen.max_patterns), f"{len(found.items):,}"
    if support > least:
        count = f"more than {SEARCHED:,}"
    if support > least or kept < len(found.items):
        yield f"cut: {count} patterns are in {least:,} units; kept are the {kept:,} most frequent (max_patterns)"
