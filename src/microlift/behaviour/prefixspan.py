"""PrefixSpan: the ordered patterns that enough sequences contain.

A sequence contains a pattern if the pattern's items occur in it in this order. `max_gap` limits how many items
may lie between two neighbours of the pattern, `max_span` how many items an occurrence may cover, ends included.

The projected database is never copied. It is a list of positions, one a sequence in which the prefix ends, and
whole batches of prefixes grow by one item at a time, over arrays. Without limits the earliest end is enough, and
position q is the first of its item behind p exactly when that item's previous place is not behind p: a look-up
instead of a sort. With limits the earliest end may be a dead end, so every end is kept, and of the occurrences
that share an end, the one that began last (it has the most room left).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

BATCH = 1 << 17  # places looked at together: bounds the memory


class TooManyPatterns(ValueError):
    """The support is so low that the answer would not be readable, nor perhaps fit into memory."""


@dataclass(frozen=True)
class Sequences:
    """Sequence i is `items[offsets[i]:offsets[i + 1]]`, stands for `weights[i]` units, and is of `groups[i]`."""

    items: Ints
    offsets: Ints
    weights: Ints
    groups: Ints

    @classmethod
    def of(
        cls, sequences: list[list[int]], weights: list[int] | None = None, groups: list[int] | None = None
    ) -> Sequences:
        lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        return cls(
            items=np.array([item for sequence in sequences for item in sequence], dtype=np.int64),
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            weights=np.ones(len(lengths), np.int64) if weights is None else np.array(weights, np.int64),
            groups=np.zeros(len(lengths), np.int64) if groups is None else np.array(groups, np.int64),
        )


@dataclass(frozen=True)
class Patterns:
    """`support[i, g]` is the weight of the sequences of group g that contain `items[i]`."""

    items: list[tuple[int, ...]]
    support: Ints

    @property
    def total(self) -> Ints:
        return self.support.sum(axis=1)


@dataclass(frozen=True)
class _Limits:
    min_support: int
    max_length: int
    max_gap: int | None
    max_span: int | None
    max_patterns: int

    @property
    def every_end(self) -> bool:
        return self.max_gap is not None or self.max_span is not None


@dataclass(frozen=True)
class _Database:
    """One entry a place; places of one sequence stand together."""

    codes: Ints
    sequence: Ints
    previous: Ints  # the same item's place before, in the same sequence; -1 if there is none
    ends: Ints  # where the place's sequence ends
    weights: Ints
    groups: Ints
    names: Ints  # item of a code
    n_groups: int


@dataclass(frozen=True)
class _Ends:
    """Where prefixes end: `prefix` numbers the found patterns and is sorted; `starts` is used under a span limit."""

    prefix: Ints
    places: Ints
    starts: Ints
    length: int


def prefixspan(
    sequences: Sequences,
    min_support: int,
    max_length: int | None = None,
    max_gap: int | None = None,
    max_span: int | None = None,
    max_patterns: int = 1_000_000,
) -> Patterns:
    """All patterns within the limits whose support is at least `min_support`; the most frequent come first."""
    if min_support < 1:
        raise ValueError(f"min_support must be at least 1, not {min_support}")
    for name, value, least in (
        ("max_length", max_length, 1),
        ("max_gap", max_gap, 0),
        ("max_span", max_span, 1),
    ):
        if value is not None and value < least:
            raise ValueError(f"{name} must be at least {least}, not {value}")
    longest = int(np.diff(sequences.offsets).max(initial=0))
    limits = _Limits(min_support, min(max_length or longest, longest), max_gap, max_span, max_patterns)
    database = _database(sequences, limits)
    found = _Found(database)
    waiting = _first_items(database, limits, found)
    while waiting:
        ends = waiting.pop()
        if ends.length < limits.max_length:
            waiting.extend(_batches(_grow(database, ends, limits, found), limits, database))
    return found.patterns()


class _Found:
    """The patterns as a tree: each is its parent and one more item."""

    def __init__(self, database: _Database) -> None:
        self.database = database
        self.parents: list[Ints] = []
        self.codes: list[Ints] = []
        self.supports: list[Ints] = []
        self.count = 0

    def add(self, parents: Ints, codes: Ints, support: Ints, limits: _Limits) -> Ints:
        numbers = np.arange(self.count, self.count + len(codes))
        self.count += len(codes)
        if self.count > limits.max_patterns:
            raise TooManyPatterns(
                f"more than {limits.max_patterns} patterns have a support of {limits.min_support}: "
                "raise the support, or limit length, gap or span"
            )
        self.parents.append(parents)
        self.codes.append(codes)
        self.supports.append(support)
        return numbers

    def patterns(self) -> Patterns:
        if not self.count:
            return Patterns([], np.zeros((0, self.database.n_groups), np.int64))
        items: list[tuple[int, ...]] = []
        names = self.database.names[np.concatenate(self.codes)].tolist()
        for parent, name in zip(np.concatenate(self.parents).tolist(), names, strict=True):
            items.append((name,) if parent < 0 else (*items[parent], name))
        support = np.concatenate(self.supports)
        totals = support.sum(axis=1).tolist()
        order = sorted(range(len(items)), key=lambda i: (-totals[i], len(items[i]), items[i]))
        return Patterns([items[i] for i in order], support[order])


def _database(sequences: Sequences, limits: _Limits) -> _Database:
    lengths = np.diff(sequences.offsets)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    names, codes = np.unique(sequences.items, return_inverse=True)
    codes = codes.astype(np.int64)
    if not limits.every_end and len(codes):
        # Rare items are in no pattern. Under a limit they still take up room, so they stay.
        previous = _previous(codes, owner)
        support = np.bincount(codes, np.where(previous < 0, sequences.weights[owner], 0), len(names))
        frequent = support >= limits.min_support
        kept = frequent[codes]
        codes, owner = (np.cumsum(frequent) - 1)[codes[kept]], owner[kept]
        names = names[frequent]
    ends = np.searchsorted(owner, owner, side="right")
    n_groups = int(sequences.groups.max(initial=0)) + 1
    return _Database(
        codes, owner, _previous(codes, owner), ends, sequences.weights, sequences.groups, names, n_groups
    )


def _previous(codes: Ints, owner: Ints) -> Ints:
    order = np.lexsort((codes, owner))  # stable: places of one item stay in order
    same = (np.diff(codes[order]) == 0) & (np.diff(owner[order]) == 0)
    previous = np.full(len(codes), -1, np.int64)
    previous[order[1:][same]] = order[:-1][same]
    return previous


def _first_items(database: _Database, limits: _Limits, found: _Found) -> list[_Ends]:
    places = np.arange(len(database.codes))
    if not limits.every_end:
        places = places[database.previous < 0]
    roots = np.zeros(len(places), np.int64)
    first = _keep(database, np.array([-1]), roots, places, places, 1, limits, found)
    return _batches(first, limits, database)


def _grow(database: _Database, ends: _Ends, limits: _Limits, found: _Found) -> _Ends:
    stops = _stops(database, ends, limits)
    room = stops - ends.places - 1
    entry = np.repeat(np.arange(len(room)), room)
    places = np.arange(len(entry)) + np.repeat(ends.places + 1 - np.cumsum(room) + room, room)
    prefixes, local = np.unique(ends.prefix, return_inverse=True)
    if limits.every_end:
        local, places, starts = _distinct_ends(local[entry], places, ends.starts[entry], len(database.codes))
    else:
        first = database.previous[places] <= ends.places[entry]
        entry, places = entry[first], places[first]
        local, starts = local[entry], places
    return _keep(database, prefixes, local, places, starts, ends.length + 1, limits, found)


def _stops(database: _Database, ends: _Ends, limits: _Limits) -> Ints:
    stops = database.ends[ends.places]
    if limits.max_gap is not None:
        stops = np.minimum(stops, ends.places + limits.max_gap + 2)
    if limits.max_span is not None:
        stops = np.minimum(stops, ends.starts + limits.max_span)
    return np.maximum(stops, ends.places + 1)


def _distinct_ends(local: Ints, places: Ints, starts: Ints, n_places: int) -> tuple[Ints, Ints, Ints]:
    key = local * n_places + places
    order = np.lexsort((-starts, key))
    key = key[order]
    latest = order[np.concatenate([[True], key[1:] != key[:-1]])] if len(order) else order
    return local[latest], places[latest], starts[latest]


def _keep(
    database: _Database,
    prefixes: Ints,
    local: Ints,
    places: Ints,
    starts: Ints,
    length: int,
    limits: _Limits,
    found: _Found,
) -> _Ends:
    """Counts the grown prefixes by sequence, and keeps the frequent ones."""
    n_items = len(database.names)
    cell = local * n_items + database.codes[places]
    counted = slice(None)
    if limits.every_end:  # a sequence with several ends counts once
        _, counted = np.unique(cell * len(database.weights) + database.sequence[places], return_index=True)
    owner = database.sequence[places[counted]]
    support = np.bincount(cell[counted], database.weights[owner], len(prefixes) * n_items)
    cells = np.flatnonzero(support >= limits.min_support)
    number = np.full(len(support), -1, np.int64)
    number[cells] = np.arange(len(cells))
    row = number[cell[counted]]
    by_group = np.bincount(
        (row * database.n_groups + database.groups[owner])[row >= 0],
        database.weights[owner][row >= 0],
        len(cells) * database.n_groups,
    )
    support_by_group = np.rint(by_group).astype(np.int64).reshape(len(cells), database.n_groups)
    number[cells] = found.add(
        prefixes[cells // max(n_items, 1)], cells % max(n_items, 1), support_by_group, limits
    )
    grown = number[cell]
    kept = np.flatnonzero((grown >= 0) & (places + 1 < database.ends[places]))
    kept = kept[np.argsort(grown[kept], kind="stable")]
    return _Ends(grown[kept], places[kept], starts[kept], length)


def _batches(ends: _Ends, limits: _Limits, database: _Database) -> list[_Ends]:
    """Cuts between prefixes, so that no batch looks at many more than BATCH places or cells."""
    if not len(ends.prefix):
        return []
    work = np.cumsum(_stops(database, ends, limits) - ends.places - 1)
    new = np.concatenate([[True], np.diff(ends.prefix) != 0])
    work = work + np.cumsum(new) * len(database.names)
    last = np.flatnonzero(np.append(new[1:], True))  # the last entry of each prefix
    batch = work[last] // BATCH
    cuts = last[np.flatnonzero(np.append(np.diff(batch) != 0, True))] + 1
    pieces = zip(np.concatenate([[0], cuts[:-1]]), cuts, strict=True)
    return [_Ends(ends.prefix[a:b], ends.places[a:b], ends.starts[a:b], ends.length) for a, b in pieces]
