"""Clusters of points in a standardised space: how many there are, where, and which one was which before.

Points are an array (n × d), already standardised. Everything is a function of the points, their order and the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

POINTS_A_CLUSTER = 10  # fewer than this for each cluster are no ground to tell clusters apart
SILHOUETTE_POINTS = 2_000  # distances grow with the square
SPLITS = 5
STARTS = 10
HALF_STARTS = 3
STABLE = 0.6
SMALLEST = 0.02
ALIKE = 0.01  # silhouettes this close are the same: fewer clusters win
WEAK = 0.25


@dataclass(frozen=True)
class Candidate:
    """A number of clusters: how well it does, whether it was chosen, and why (or why not)."""

    number: int
    silhouette: float
    within: float
    smallest_share: float
    stability: float
    is_chosen: bool
    reason: str


@dataclass(frozen=True)
class Fit:
    """`centroids` (k × d) from the largest cluster to the smallest, and the share of the points nearest to each.

    Without clusters both are empty, and `failure` says why.
    """

    candidates: list[Candidate]
    centroids: Floats
    shares: Floats
    failure: str | None = None


def fit(points: Floats, method: str, minimum: int, maximum: int, seed: int) -> Fit:
    """Find clusters by `kmeans` or `hierarchical` (Ward), their number chosen between two bounds.

    For each number: the mean silhouette (Rousseeuw 1987), the sum of squared distances to the nearest centroid, the
    share of the smallest cluster, and the stability: the mean adjusted Rand index (Hubert and Arabie 1985) of the
    partitions of all points by clusters of two disjoint halves, over seeded splits. Of the numbers that are stable and
    have no tiny cluster the one of the highest silhouette is chosen; of silhouettes alike, the smaller number. A
    hierarchical cluster is what lies nearest to the mean of a Ward cluster: that is how everybody is scored, so that
    is what is measured. Raises ValueError for an unknown method or bounds that are not 2 ≤ minimum ≤ maximum.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if not 2 <= minimum <= maximum:
        raise ValueError(f"the bounds must be 2 ≤ minimum ≤ maximum, not {minimum} and {maximum}")
    if failure := _failure(points, minimum):
        return Fit([], np.zeros((0, points.shape[1])), np.zeros(0), failure)
    numbers = [k for k in range(minimum, maximum + 1) if not _failure(points, k)]
    with _one_thread():
        found = METHODS[method](points, numbers, STARTS, seed)
        stability = _stability(points, METHODS[method], numbers, seed)
    measured = _measures(points, found)
    best, candidates = _choose(numbers, measured, stability)
    order = _largest_first(found[best], measured[best].shares)
    return Fit(candidates, found[best][order], measured[best].shares[order])


def nearest(points: Floats, centroids: Floats) -> Ints:
    """The place of the nearest centroid of each point; of equally near ones the first."""
    return _distances(points, centroids).argmin(axis=1)


def match_labels(old: Floats, labels: Sequence[str], new: Floats, used: Sequence[str]) -> list[str]:
    """A label for each new centroid: that of the old one that it continues, or a new one (`c1`, `c2`, …).

    Both are given in the space of the old ones. Pairs are those with the smallest sum of squared distances (an
    assignment problem). A pair farther apart than the old centroid was from its nearest neighbour is no continuation,
    and counts as much as one just so far. A label that was used once is not used again for something else.
    """
    taken: dict[int, str] = {}
    if len(old) and len(new):
        from scipy.optimize import linear_sum_assignment

        distance = _distances(new, old)
        apart = _distances(old, old)
        np.fill_diagonal(apart, np.inf)
        reach = apart.min(axis=1)
        for row, column in zip(*linear_sum_assignment(np.square(np.minimum(distance, reach))), strict=True):
            if distance[row, column] <= reach[column]:
                taken[int(row)] = labels[int(column)]
    last = max((int(label[1:]) for label in [*labels, *used]), default=0)
    fresh = iter(range(last + 1, last + 1 + len(new)))
    return [taken[row] if row in taken else f"c{next(fresh)}" for row in range(len(new))]


@dataclass(frozen=True)
class _Measures:
    silhouette: float
    within: float
    shares: Floats


def _failure(points: Floats, number: int) -> str | None:
    if len(points) < POINTS_A_CLUSTER * number:
        return (
            f"too few points: {len(points)}, and {number} clusters need at least {POINTS_A_CLUSTER * number}"
        )
    if not np.ptp(points, axis=0).any():
        return "all points are equal"
    if (distinct := len(np.unique(points, axis=0))) < number:
        return f"only {distinct} different points, and {number} clusters were asked for"
    return None


def _kmeans(points: Floats, numbers: Sequence[int], starts: int, seed: int) -> list[Floats]:
    from sklearn.cluster import KMeans

    return [
        KMeans(n_clusters=number, n_init=starts, random_state=seed).fit(points).cluster_centers_
        for number in numbers
    ]


def _ward(points: Floats, numbers: Sequence[int], starts: int, seed: int) -> list[Floats]:
    """Means of the Ward clusters: without the last k − 1 merges, what is still joined is a cluster."""
    from scipy.cluster.hierarchy import linkage
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(points)
    merged = linkage(points, "ward")[:, :2].astype(np.int64)
    centroids = []
    for number in numbers:
        kept = merged[: n - number]
        parents = np.repeat(n + np.arange(len(kept)), 2)
        joined = coo_array((np.ones(2 * len(kept)), (parents, kept.ravel())), shape=(2 * n, 2 * n))
        _, component = connected_components(joined, directed=False)
        _, label = np.unique(component[:n], return_inverse=True)
        sums = np.stack([np.bincount(label, points[:, column]) for column in range(points.shape[1])], axis=1)
        centroids.append(sums / np.bincount(label)[:, None])
    return centroids


METHODS: dict[str, Callable[[Floats, Sequence[int], int, int], list[Floats]]] = {
    "kmeans": _kmeans,
    "hierarchical": _ward,
}


def _stability(
    points: Floats, method: Callable[..., list[Floats]], numbers: Sequence[int], seed: int
) -> Floats:
    """Mean adjusted Rand index of each number; a half with too few different points agrees with nothing."""
    from sklearn.metrics import adjusted_rand_score

    agreement = np.zeros((SPLITS, len(numbers)))
    for split in range(SPLITS):
        order = np.random.default_rng([seed, split]).permutation(len(points))
        halves = [points[part] for part in (order[: len(order) // 2], order[len(order) // 2 :])]
        able = [
            place
            for place, number in enumerate(numbers)
            if all(len(np.unique(half, axis=0)) >= number for half in halves)
        ]
        wanted = [numbers[place] for place in able]
        pairs = zip(*(method(half, wanted, HALF_STARTS, seed) for half in halves), strict=True)
        for place, (one, other) in zip(able, pairs, strict=True):
            agreement[split, place] = adjusted_rand_score(nearest(points, one), nearest(points, other))
    return agreement.mean(axis=0)


def _measures(points: Floats, found: Sequence[Floats]) -> list[_Measures]:
    from sklearn.metrics import silhouette_score

    some = points[:SILHOUETTE_POINTS]
    between = _distances(some, some)
    np.fill_diagonal(between, 0)
    measures = []
    for centroids in found:
        distance = _distances(points, centroids)
        label = distance.argmin(axis=1)
        present = len(np.unique(label[: len(some)]))
        silhouette = (
            float(silhouette_score(between, label[: len(some)], metric="precomputed"))
            if 2 <= present < len(some)
            else -1.0
        )
        shares = np.bincount(label, minlength=len(centroids)) / len(points)
        measures.append(_Measures(silhouette, float(np.square(distance.min(axis=1)).sum()), shares))
    return measures


def _choose(
    numbers: Sequence[int], measured: Sequence[_Measures], stability: Floats
) -> tuple[int, list[Candidate]]:
    flaws = [_flaw(m.shares.min(), s) for m, s in zip(measured, stability, strict=True)]
    eligible = [place for place, flaw in enumerate(flaws) if not flaw] or list(range(len(numbers)))
    highest = max(eligible, key=lambda place: measured[place].silhouette)
    best = next(p for p in eligible if measured[p].silhouette >= measured[highest].silhouette - ALIKE)
    if len(numbers) == 1:
        why = "chosen: the only number that is allowed"
    elif best != highest:
        why = f"chosen: as good a silhouette as {numbers[highest]} clusters have (within {ALIKE}), with fewer clusters"
    else:
        why = "chosen: the highest silhouette of " + (
            "the numbers without a flaw" if any(flaws) and not flaws[best] else "all"
        )
    if flaws[best]:
        why += f"; mind: {flaws[best]}"
    if measured[best].silhouette < WEAK:
        why += f"; the structure is weak (silhouette below {WEAK}): the clusters cut a continuum"
    if len(numbers) > 1 and best == len(numbers) - 1:
        why += "; it is the largest number that was tried"
    rest = [flaw or f"its silhouette is below that of {numbers[highest]} clusters" for flaw in flaws]
    if best != highest:
        rest[highest] = f"{numbers[best]} clusters do as well"
    return best, [
        Candidate(
            number=number,
            silhouette=m.silhouette,
            within=m.within,
            smallest_share=float(m.shares.min()),
            stability=float(stability[place]),
            is_chosen=place == best,
            reason=why if place == best else rest[place],
        )
        for place, (number, m) in enumerate(zip(numbers, measured, strict=True))
    ]


def _flaw(smallest: float, stability: float) -> str:
    flaws = []
    if stability < STABLE:
        flaws.append(
            f"halves of the sample agree by {stability:.2f} only (adjusted Rand; {STABLE} is wanted)"
        )
    if smallest < SMALLEST:
        flaws.append(f"the smallest cluster holds {smallest:.1%} (at least {SMALLEST:.0%} is wanted)")
    return "; ".join(flaws)


def _largest_first(centroids: Floats, shares: Floats) -> Ints:
    return np.lexsort((*centroids.T[::-1], -shares))


def _distances(points: Floats, centroids: Floats) -> Floats:
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(points, centroids), dtype=np.float64)


def _one_thread() -> Any:
    """Sums over threads differ in the last bits from run to run."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)
