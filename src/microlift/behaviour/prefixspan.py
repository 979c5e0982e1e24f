"""PrefixSpan: the ordered patterns that enough sequences contain.

A sequence contains a pattern if the pattern's items occur in it in this order. `max_gap` limits how many items
may lie between two neighbours of the pattern, `max_span` how many items an occurrence may cover, ends included.

Whole batches of prefixes grow by one item at a time, over arrays of places. Without limits the earliest end of a
prefix in a sequence is enough, and place q is the first of its item behind p exactly when that item's previous place is
not behind p: a look-up instead of a sort. What is rare behind a prefix is rare behind all that the prefix grows to, so
places of such items are not looked at again (`pool`). With limits neither holds: the earliest end may be a dead end, so
every end is kept, and of the occurrences that share an end, the one that began last (it has the most room left).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BATCH = 1 << 16  # places looked at together: bounds the memory, and fits into a cache


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
        lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
        return cls(
            items=np.fromiter(chain.from_iterable(sequences), np.int64, lengths.sum()),
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
    weights: Floats | None  # None where each is 1: counting is faster than adding
    groups: Ints
    names: Ints  # item of a code
    offsets: Ints  # where sequences start
    n_groups: int
    has_repeats: bool


@dataclass(frozen=True)
class _Ends:
    """Where prefixes end, and what is looked at behind: `pool[at + 1:stops]`.

    `prefix` numbers the found patterns and is sorted.
    """

    prefix: Ints
    places: Ints
    starts: Ints | None  # under limits: where the occurrence began
    pool: Ints
    at: Ints
    stops: Ints
    length: int

    @property
    def room(self) -> Ints:
        return self.stops - self.at - 1

    def take(self, chosen: Ints | slice) -> _Ends:
        starts = None if self.starts is None else self.starts[chosen]
        places, at, stops = self.places[chosen], self.at[chosen], self.stops[chosen]
        return _Ends(self.prefix[chosen], places, starts, self.pool, at, stops, self.length)


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
    waiting = [_before(database)]
    while waiting:
        ends = waiting.pop()
        if ends.length < limits.max_length:
            grown = (
                _grow_every_end(database, ends, limits, found)
                if limits.every_end
                else _grow(database, ends, limits, found)
            )
            waiting.extend(_batches(grown, database))
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
    names, codes, previous = _coded(sequences.items, owner)
    weights = sequences.weights.astype(np.float64)
    if not limits.every_end and len(codes):
        # Rare items are in no pattern. Under a limit they still take up room, so they stay.
        support = np.bincount(codes, np.where(previous < 0, weights[owner], 0), len(names))
        frequent = support >= limits.min_support
        kept = frequent[codes]
        codes, owner = (np.cumsum(frequent) - 1)[codes[kept]], owner[kept]
        previous = np.where(previous[kept] < 0, -1, (np.cumsum(kept) - 1)[previous[kept]])
        names = names[frequent]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(lengths)))])
    return _Database(
        codes=codes,
        sequence=owner,
        previous=previous,
        weights=None if (weights == 1).all() else weights[owner],
        groups=sequences.groups[owner],
        names=names,
        offsets=offsets,
        n_groups=int(sequences.groups.max(initial=0)) + 1,
        has_repeats=bool((previous >= 0).any()),
    )


def _coded(items: Ints, owner: Ints) -> tuple[Ints, Ints, Ints]:
    """The distinct items, the position of each place's item among them, and the place of the same item before it."""
    least = items.min(initial=0)
    order = _order(items - least, items.max(initial=0) - least)  # places of one item stay in order
    ordered, owners = items[order], owner[order]
    same = ordered[1:] == ordered[:-1]
    new = np.concatenate([[True], ~same])[: len(items)]
    codes, previous = np.empty(len(items), np.int64), np.full(len(items), -1)
    codes[order] = np.cumsum(new) - 1
    same &= owners[1:] == owners[:-1]
    previous[order[1:][same]] = order[:-1][same]
    return ordered[new], codes, previous


def _order(keys: Ints, highest: int) -> Ints:
    """A stable order of keys from 0 on; in linear time where 16 bits hold them, since NumPy sorts those by radix."""
    return np.argsort(keys.astype(np.min_scalar_type(highest)), kind="stable")


def _before(database: _Database) -> _Ends:
    """The empty prefix, which ends before every sequence."""
    filled = np.flatnonzero(np.diff(database.offsets))
    before = database.offsets[filled] - 1
    everywhere = np.arange(len(database.codes))
    return _Ends(np.full(len(before), -1), before, None, everywhere, before, database.offsets[filled + 1], 0)


def _behind(database: _Database, ends: _Ends) -> tuple[Ints, Ints, Ints]:
    """All places that are looked at, their cells (prefix × item), and the prefixes."""
    room = ends.room
    behind = np.repeat(ends.stops - np.cumsum(room), room)
    behind += np.arange(len(behind))
    places = ends.pool[behind]
    new = np.diff(ends.prefix, prepend=-2) != 0
    cell = np.repeat((np.cumsum(new) - 1) * len(database.names), room)
    cell += database.codes[places]
    return places, cell, ends.prefix[new]


def _grow(database: _Database, ends: _Ends, limits: _Limits, found: _Found) -> _Ends:
    places, cell, prefixes = _behind(database, ends)
    if database.has_repeats:
        first = np.flatnonzero(database.previous[places] <= np.repeat(ends.places, ends.room))
        number = _count(database, prefixes, cell[first], places[first], limits, found)
    else:
        number = _count(database, prefixes, cell, places, limits, found)
    is_kept = (number >= 0)[cell]
    kept = np.flatnonzero(is_kept)
    pool, prefix, at = places[kept], number[cell[kept]], np.arange(len(kept))
    stops = np.searchsorted(kept, np.cumsum(ends.room))  # where each end's part of the new pool stops
    stops = np.repeat(stops, np.diff(stops, prepend=0))
    if database.has_repeats:
        at = np.searchsorted(kept, first[is_kept[first]])
    at = at[stops[at] > at + 1]
    return _Ends(prefix[at], pool[at], None, pool, at, stops[at], ends.length + 1)


def _grow_every_end(database: _Database, ends: _Ends, limits: _Limits, found: _Found) -> _Ends:
    places, cell, prefixes = _behind(database, ends)
    starts = places if ends.starts is None else np.repeat(ends.starts, ends.room)
    # Of the occurrences that share an end, the latest start; a sequence with several ends counts once.
    order = np.lexsort((-starts, places, cell))
    chosen = order[_is_new(cell[order], places[order])]
    cell, places, starts = cell[chosen], places[chosen], starts[chosen]
    counted = _is_new(cell, database.sequence[places])
    grown = _count(database, prefixes, cell[counted], places[counted], limits, found)[cell]
    kept = np.flatnonzero(grown >= 0)
    places, starts = places[kept], starts[kept]
    stops = database.offsets[database.sequence[places] + 1]
    if limits.max_gap is not None:
        stops = np.minimum(stops, places + limits.max_gap + 2)
    if limits.max_span is not None:
        stops = np.minimum(stops, starts + limits.max_span)
    grown_ends = _Ends(grown[kept], places, starts, ends.pool, places, stops, ends.length + 1)
    return grown_ends.take(np.flatnonzero(grown_ends.room > 0))


def _is_new(first: Ints, second: Ints) -> NDArray[np.bool_]:
    """Where a pair differs from the one before."""
    return (np.diff(first, prepend=-1) != 0) | (np.diff(second, prepend=-1) != 0)


def _count(
    database: _Database, prefixes: Ints, cell: Ints, places: Ints, limits: _Limits, found: _Found
) -> Ints:
    """Adds the grown prefixes that are frequent; their numbers, or -1, by cell. A sequence comes once a cell."""
    n_items, n_groups = max(len(database.names), 1), database.n_groups
    weights = None if database.weights is None else database.weights[places]
    support = np.bincount(cell, weights, len(prefixes) * n_items)
    frequent = np.flatnonzero(support >= limits.min_support)
    number = np.full(len(support), -1, np.int64)
    number[frequent] = np.arange(len(frequent))
    by_group = support[frequent]
    if n_groups > 1:
        row = number[cell]
        counted = np.flatnonzero(row >= 0)
        group = row[counted] * n_groups + database.groups[places[counted]]
        by_group = np.bincount(group, None if weights is None else weights[counted], len(frequent) * n_groups)
    support_by_group = np.rint(by_group).astype(np.int64).reshape(len(frequent), n_groups)
    number[frequent] = found.add(prefixes[frequent // n_items], frequent % n_items, support_by_group, limits)
    return number


def _batches(ends: _Ends, database: _Database) -> list[_Ends]:
    """In order of their prefixes, cut between them, so that no batch looks at many more than BATCH places or cells."""
    if not len(ends.at):
        return []
    prefix = ends.prefix - ends.prefix.min()
    ends = ends.take(_order(prefix, prefix.max()))
    new = np.diff(ends.prefix, prepend=-2) != 0
    work = np.cumsum(ends.room) + np.cumsum(new) * len(database.names)
    last = np.flatnonzero(np.append(new[1:], True))  # the last end of each prefix
    cuts = last[np.diff(work[last] // BATCH, append=-1) != 0] + 1
    return [ends.take(slice(a, b)) for a, b in pairwise([0, *cuts.tolist()])]
