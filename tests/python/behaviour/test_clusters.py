"""Clusters: planted ones are found, labels outlive refits, and what has no clusters says so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from microlift.behaviour.clusters import Floats, fit, match_labels, nearest

pytestmark = pytest.mark.filterwarnings("error")

CENTRES = np.array([[0, 0, 0], [4, 0, 0], [0, 5, 0], [3, 4, 5]], dtype=float)
SIZES = (400, 250, 200, 150)


def planted(
    seed: int, centres: Floats = CENTRES, sizes: tuple[int, ...] = SIZES, spread: float = 0.6
) -> tuple[Floats, Floats]:
    """Shuffled normal clouds, and which cloud each point is of."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return centres[truth] + rng.normal(0, spread, (len(truth), centres.shape[1])), truth


@pytest.mark.parametrize("method", ["kmeans", "hierarchical"])
@pytest.mark.parametrize("seed", [1, 2])
def test_planted_clusters_are_recovered(method: str, seed: int) -> None:
    points, truth = planted(seed)
    found = fit(points, method, 2, 7, seed)
    assert found.failure is None
    assert adjusted_rand_score(truth, nearest(points, found.centroids)) > 0.97
    # From the largest to the smallest, near their planted centres.
    assert np.abs(found.centroids - CENTRES).max() < 0.25
    assert found.shares == pytest.approx(np.array(SIZES) / 1000, abs=0.02)
    chosen = [candidate for candidate in found.candidates if candidate.is_chosen]
    assert [candidate.number for candidate in chosen] == [4]
    assert chosen[0].reason == "chosen: the highest silhouette of all"
    assert chosen[0].stability > 0.95
    assert [candidate.number for candidate in found.candidates] == [2, 3, 4, 5, 6, 7]
    assert all(candidate.reason for candidate in found.candidates)
    within = [candidate.within for candidate in found.candidates]
    assert within == sorted(within, reverse=True)


@pytest.mark.parametrize("method", ["kmeans", "hierarchical"])
def test_equal_input_gives_equal_output(method: str) -> None:
    points, _ = planted(3)
    one, other = fit(points, method, 2, 5, 9), fit(points, method, 2, 5, 9)
    assert one.candidates == other.candidates
    assert (one.centroids == other.centroids).all()


def test_ward_is_scipys_ward() -> None:
    """The means of the clusters that scipy cuts the same tree into."""
    from scipy.cluster.hierarchy import fcluster, linkage

    points, _ = planted(4, spread=1.5)
    cut = fcluster(linkage(points, "ward"), 5, "maxclust")
    means = np.stack([points[cut == label].mean(axis=0) for label in np.unique(cut)])
    found = fit(points, "hierarchical", 5, 5, 1).centroids
    assert cdist(means, found).min(axis=1) == pytest.approx(np.zeros(5), abs=1e-12)


def test_the_nearest_centroid_is_what_scikit_learn_predicts() -> None:
    points, _ = planted(5, spread=2)
    model = KMeans(5, n_init=1, random_state=1).fit(points)
    assert (nearest(points, model.cluster_centers_) == model.predict(points)).all()


def test_one_cloud_is_called_a_continuum() -> None:
    points = np.random.default_rng(6).normal(size=(600, 4))
    (chosen,) = (c for c in fit(points, "kmeans", 2, 5, 1).candidates if c.is_chosen)
    assert "the structure is weak" in chosen.reason


def test_a_tiny_cluster_is_a_flaw() -> None:
    """Three points far away make the best silhouette, and no cluster."""
    points, _ = planted(7, CENTRES[:2], (300, 300))
    found = fit(np.vstack([points, np.full((3, 3), 90.0)]), "kmeans", 2, 3, 1)
    assert "the smallest cluster holds 0.5%" in found.candidates[0].reason
    assert found.candidates[0].silhouette > 0.9


def test_a_fixed_number_is_kept() -> None:
    points, _ = planted(8)
    found = fit(points, "hierarchical", 3, 3, 1)
    assert len(found.centroids) == 3
    assert found.candidates[0].reason == "chosen: the only number that is allowed"


HOLLOW = {
    "no points": (np.zeros((0, 0)), "too few points: 0, and 2 clusters need at least 20"),
    "few points": (np.random.default_rng(1).normal(size=(19, 2)), "too few points: 19"),
    "equal points": (np.ones((500, 3)), "all points are equal"),
    "no signals with spread": (np.zeros((500, 2)), "all points are equal"),
}


@pytest.mark.parametrize("method", ["kmeans", "hierarchical"])
@pytest.mark.parametrize(("points", "says"), HOLLOW.values(), ids=HOLLOW)
def test_what_has_no_clusters_says_so(points: Floats, says: str, method: str) -> None:
    found = fit(points, method, 2, 6, 1)
    assert found.failure is not None
    assert found.failure.startswith(says)
    assert len(found.centroids) == len(found.candidates) == 0


@pytest.mark.parametrize("method", ["kmeans", "hierarchical"])
def test_few_different_points_bound_the_number(method: str) -> None:
    points = np.repeat(np.array([[0.0, 0], [1, 0], [0, 1]]), 40, axis=0)
    found = fit(points, method, 2, 8, 1)
    assert [candidate.number for candidate in found.candidates] == [2, 3]
    assert found.candidates[1].is_chosen
    assert found.candidates[1].silhouette == 1
    # One that half the sample does not know of.
    rare = np.vstack([np.zeros((60, 2)), np.ones((59, 2)), np.full((1, 2), 3.0)])
    assert fit(rare, method, 3, 3, 1).candidates[0].stability < 1
    assert fit(points, method, 5, 8, 1).failure == "only 3 different points, and 5 clusters were asked for"


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="method must be one of kmeans, hierarchical, not 'dbscan'"):
        fit(np.zeros((50, 2)), "dbscan", 2, 3, 1)
    with pytest.raises(ValueError, match="2 ≤ minimum ≤ maximum, not 4 and 3"):
        fit(np.zeros((50, 2)), "kmeans", 4, 3, 1)


LABELS = ["c1", "c2", "c3", "c4"]


@given(order=st.permutations(range(4)), seed=st.integers(0, 2**32 - 1))
def test_labels_outlive_permutation_and_drift(order: list[int], seed: int) -> None:
    """Every centroid moves by up to a quarter of the smallest distance, in any direction."""
    direction = np.random.default_rng(seed).normal(size=CENTRES.shape)
    drifted = CENTRES + direction / np.linalg.norm(direction, axis=1)[:, None]
    assert match_labels(CENTRES, LABELS, drifted[order], LABELS) == [LABELS[place] for place in order]


def test_labels_outlive_a_shift_of_all() -> None:
    """Where all move alike, the nearest old centroid may be another's; the pairs of least squares are right."""
    old = np.array([[0.0], [2], [4], [6]])
    assert nearest(old + 1.2, old).tolist() == [1, 2, 3, 3]
    assert match_labels(old, LABELS, old + 1.2, LABELS) == LABELS


def test_new_clusters_get_new_labels_and_gone_ones_retire() -> None:
    grown = np.vstack([[[20.0, 20, 20]], CENTRES])
    assert match_labels(CENTRES, LABELS, grown, LABELS) == ["c5", *LABELS]
    shrunk = CENTRES[[3, 0]]
    assert match_labels(CENTRES, LABELS, shrunk, LABELS) == ["c4", "c1"]
    # c2 and c3 are gone; what comes next is neither.
    assert match_labels(shrunk, ["c4", "c1"], CENTRES + np.array([9, 0, 0]), LABELS) == [
        "c5",
        "c6",
        "c7",
        "c8",
    ]
    # One that jumped is a new one, though the number is the same.
    jumped = CENTRES.copy()
    jumped[1] = [-30, 0, 0]
    assert match_labels(CENTRES, LABELS, jumped, LABELS) == ["c1", "c5", "c3", "c4"]
    assert match_labels(np.zeros((0, 0)), [], CENTRES, []) == LABELS


def test_a_refit_on_other_points_keeps_the_labels() -> None:
    first, _ = planted(10)
    old = fit(first, "kmeans", 2, 6, 1).centroids
    # Other people, other sizes, a little drift: the largest is now another.
    later, truth = planted(11, CENTRES + 0.3, (120, 420, 200, 260))
    new = fit(later, "kmeans", 2, 6, 2).centroids
    labels = match_labels(old, LABELS, new, LABELS)
    assert labels == ["c2", "c4", "c3", "c1"]
    scored = np.array([int(labels[place][1:]) - 1 for place in nearest(later, new)])
    assert (scored == truth).mean() > 0.97
