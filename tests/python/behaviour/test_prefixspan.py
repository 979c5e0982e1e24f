"""PrefixSpan against published counts, and against a search that tries everything."""

import gzip
import json
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlift.behaviour import prefixspan as module
from microlift.behaviour.prefixspan import Sequences, TooManyPatterns, prefixspan

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "sequences"
COUNTS = FOLDER / "prefixspan_counts.json"
needs_data = pytest.mark.skipif(not COUNTS.exists(), reason=f"no public sequences in {FOLDER}")


def read(name):
    with gzip.open(FOLDER / f"{name}.txt.gz", "rt") as file:
        lines = (line.split() for line in file if line.strip() and line[0] not in "#%@")
        return [[int(token) for token in line if not token.startswith("-")] for line in lines]


@needs_data
def test_counts_of_public_sequences():
    for name, wanted in json.loads(COUNTS.read_text()).items():
        dataset, support = name.split("@")
        found = prefixspan(Sequences.of(read(dataset)), int(support))
        assert len(found.items) == wanted["patterns"], name
        assert Counter(str(len(items)) for items in found.items) == wanted["by_len"], name
        have = dict(zip(found.items, found.total.tolist(), strict=True))
        for count, items in wanted["top5"]:
            assert have[tuple(items)] == count, name
        assert found.total[:5].tolist() == [count for count, _ in wanted["top5"]], name


def by_trying_everything(sequences, weights, groups, support, length, gap, span):
    counts = Counter()
    for sequence, weight, group in zip(sequences, weights, groups, strict=True):
        contained = set()
        for size in range(1, length + 1):
            for places in combinations(range(len(sequence)), size):
                near = all(b - a - 1 <= gap for a, b in pairwise(places))
                if near and places[-1] - places[0] + 1 <= span:
                    contained.add(tuple(sequence[place] for place in places))
        for pattern in contained:
            counts[pattern, group] += weight
    patterns = {pattern for pattern, _ in counts}
    by_group = {pattern: [counts[pattern, 0], counts[pattern, 1]] for pattern in patterns}
    return {pattern: row for pattern, row in by_group.items() if sum(row) >= support}


@settings(max_examples=250, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.lists(st.integers(3, 6), max_size=7), st.integers(1, 3), st.integers(0, 1)), max_size=7
    ),
    support=st.integers(1, 5),
    length=st.integers(1, 4),
    gap=st.none() | st.integers(0, 3),
    span=st.none() | st.integers(1, 5),
    batch=st.sampled_from([1, 20, 1 << 20]),
)
def test_equal_to_trying_everything(rows, support, length, gap, span, batch):
    sequences, weights, groups = ([row[i] for row in rows] for i in range(3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH", batch)
        found = prefixspan(
            Sequences.of([*sequences, [3]], [*weights, 1], [*groups, 1]), support, length, gap, span
        )
    wanted = by_trying_everything(
        [*sequences, [3]],
        [*weights, 1],
        [*groups, 1],
        support,
        length,
        99 if gap is None else gap,
        span or 99,
    )
    assert dict(zip(found.items, found.support.tolist(), strict=True)) == wanted
    assert found.total.tolist() == sorted(found.total.tolist(), reverse=True)


def test_with_a_gap_limit_the_first_occurrence_may_be_a_dead_end():
    found = prefixspan(Sequences.of([[1, 9, 1, 2]]), 1, max_gap=0)
    assert (1, 2) in found.items
    assert (1, 1) not in found.items


def test_nothing_to_find():
    assert prefixspan(Sequences.of([]), 1).items == []
    assert prefixspan(Sequences.of([[], []]), 1, max_gap=1).items == []
    assert prefixspan(Sequences.of([[1], [2]]), 2).items == []


def test_limits_that_make_no_sense_are_refused():
    for limits in ({"min_support": 0}, {"max_length": 0}, {"max_gap": -1}, {"max_span": 0}):
        with pytest.raises(ValueError, match=next(iter(limits))):
            prefixspan(Sequences.of([[1]]), **({"min_support": 1} | limits))
    with pytest.raises(TooManyPatterns, match="raise the support"):
        prefixspan(Sequences.of([[1, 2, 3, 4, 5, 6]]), 1, max_patterns=20)
