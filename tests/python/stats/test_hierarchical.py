"""The hierarchical scheme against the graph that it is, run step by step, and its error rate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlift.stats.multiplicity import adjust, hierarchical


def by_graph(p: np.ndarray, openers: np.ndarray) -> np.ndarray:
    """Adjusted p of the same scheme by algorithm 2 of Bretz et al. (2009), Stat. Med. 28:586–604."""
    count = len(p)
    opened = (openers >= 0).any(axis=1)
    weight = np.where(opened, 0.0, 1 / (~opened).sum())
    flow = np.zeros((count, count))
    blocks: dict[tuple[int, ...], list[int]] = {}
    for test in np.flatnonzero(opened):
        blocks.setdefault(tuple(openers[test]), []).append(int(test))
    for gate in np.flatnonzero(~opened):
        own = [members for key, members in blocks.items() if gate in key]
        for members in own:
            flow[gate, members] = 1 / len(own) / len(members)
    for members in blocks.values():
        for test in members:
            flow[test, [other for other in members if other != test]] = 1 / max(len(members) - 1, 1)
    adjusted, left, reached = np.ones(count), set(range(count)), 0.0
    while left:
        ratio = {i: p[i] / weight[i] if weight[i] > 0 else np.inf for i in left}
        best = min(left, key=lambda i: ratio[i])
        if ratio[best] == np.inf:
            break
        reached = max(reached, ratio[best])
        adjusted[best] = min(reached, 1.0)
        left.remove(best)
        if reached >= 1:
            break
        passed = flow.copy()
        for i in left:
            weight[i] += weight[best] * flow[best, i]
            for j in left:
                loop = flow[i, best] * flow[best, i]
                passed[i, j] = (
                    (flow[i, j] + flow[i, best] * flow[best, j]) / (1 - loop) if i != j and loop < 1 else 0
                )
        flow = passed
    return adjusted


# Two overall effects, two interactions, and their segments.
OPENERS = np.array([[-1, -1]] * 4 + [[0, 2]] * 3 + [[0, 3]] * 2 + [[1, 2]] * 3 + [[1, -1]])


@given(st.lists(st.floats(1e-6, 1), min_size=len(OPENERS), max_size=len(OPENERS)), st.floats(0.5, 8))
@settings(max_examples=60, deadline=None)
def test_equal_to_the_graph(draws: list[float], power: float) -> None:
    p = np.array(draws) ** power
    np.testing.assert_allclose(hierarchical(p, "f", OPENERS), by_graph(p, OPENERS), rtol=1e-9)


def test_one_passed_gate_is_enough_and_none_is_not() -> None:
    openers = np.array([[-1, -1], [-1, -1], [0, 1], [0, 1]])
    # The overall effect passes at .05 / 2: its segments are tested by Holm at .025.
    adjusted = hierarchical([0.001, 0.8, 0.01, 0.3], "f", openers)
    assert adjusted.tolist() == pytest.approx([0.002, 1, 0.04, 0.6])
    # Both pass: at .05.
    assert hierarchical([0.001, 0.002, 0.01, 0.3], "f", openers)[2] == pytest.approx(0.02)
    # Neither does: however small a segment's p, it is shut.
    assert hierarchical([0.2, 0.3, 1e-9, 0.3], "f", openers)[2] == pytest.approx(0.4)


def test_gates_alone_are_bonferroni_and_families_keep_apart() -> None:
    p = [0.01, 0.02, 0.03]
    assert hierarchical(p, "f", [[-1]] * 3) == pytest.approx(adjust(p, "f", "bonferroni"))
    # A gate in another family opens nothing here: the segment stands as a gate of its own.
    assert hierarchical([0.01, 0.02], ["f", "g"], [[-1], [0]]).tolist() == pytest.approx([0.01, 0.02])
    # A gate without p neither opens nor counts.
    missing = hierarchical([np.nan, 0.01, 0.004], "f", [[-1, -1], [-1, -1], [0, 1]])
    assert np.isnan(missing[0])
    assert missing[1:].tolist() == pytest.approx([0.01, 0.01])
    assert hierarchical([], "f", np.empty((0, 2))).size == 0


@pytest.mark.parametrize(
    ("p", "openers", "words"),
    [
        ([0.1, 0.2], [[-1], [5]], "places in p or −1"),
        ([0.1, 0.2, 0.3], [[-1], [0], [1]], "itself opened"),
        ([0.1, 1.2], [[-1], [0]], r"lie in \[0, 1\]"),
    ],
)
def test_what_cannot_be_is_named(p: list[float], openers: list[list[int]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        hierarchical(p, "f", openers)


def test_the_family_wise_error_is_held() -> None:
    """Worst where gates are true effects and all segments are null; correlated p, 4,000 families, 3 errors of slack."""
    random = np.random.default_rng(5)
    runs = 4000
    shared = random.normal(size=(runs, 1))
    z = np.sqrt(0.5) * shared + np.sqrt(0.5) * random.normal(size=(runs, len(OPENERS)))
    z[:, :2] += 6.0
    from scipy.special import ndtr

    p = (2 * ndtr(-np.abs(z))).ravel()
    places = np.arange(runs)[:, None, None] * len(OPENERS)
    openers = np.where(OPENERS >= 0, OPENERS[None] + places, -1).reshape(-1, 2)
    adjusted = hierarchical(p, np.repeat(np.arange(runs), len(OPENERS)), openers).reshape(runs, -1)
    false = (adjusted[:, 2:] <= 0.05).any(axis=1).mean()
    assert false <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
