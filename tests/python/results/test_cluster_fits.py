"""Fits as a table: which are kept, which are new, what their labels continue, and what cannot be fitted."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from microlift.results.cluster_conversions import build as build_conversions
from microlift.results.cluster_fits import SCHEMA, build

pytestmark = pytest.mark.filterwarnings("error")

Row = dict[str, Any]
CENTRES = np.array([[0.0, 0], [10, 0], [0, 10]])


def raw(seed: int, sizes: tuple[int, ...] = (120, 100, 80)) -> np.ndarray:
    """Values of the signals clicks and scrolls."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(3), sizes))
    return CENTRES[truth] + rng.normal(0, 1, (len(truth), 2))


def inputs(
    values: np.ndarray, signals: tuple[str, ...] = ("clicks", "scrolls"), known: int = 300, **changed: Any
) -> tuple[pd.DataFrame, ...]:
    """What SQL hands over: a clustering that is due, its space, and its sample."""
    deviations = values.std(axis=0)
    scales = np.divide(1, deviations, out=np.zeros(len(deviations)), where=deviations > 0)
    due = {
        "clustering_id": "k", "basis": "pre_exposure", "method": "kmeans", "minimum_clusters": 2, "maximum_clusters": 5,
        "sample_size": 2000, "seed": 1, "signature": "first", "is_due": True, "stored_fit": 0,
    }  # fmt: skip
    space = {
        "clustering_id": "k", "signals": np.array(signals, dtype=object),
        "transforms": np.array(["none"] * len(signals), dtype=object), "weights": np.ones(len(signals)),
        "means": values.mean(axis=0), "deviations": deviations, "scales": scales,
        "known": np.full(len(signals), known),
    }  # fmt: skip
    points = (values - values.mean(axis=0)) * scales
    sample = [{"clustering_id": "k", "place": place, "point": point} for place, point in enumerate(points)]
    return pd.DataFrame([due | changed]), pd.DataFrame([space]), pd.DataFrame(sample[::-1])


NO_LOG = pd.DataFrame(columns=SCHEMA.names)


def chosen(table: Any) -> Row:
    (row,) = (row for row in table.to_pylist() if row["is_chosen"])
    return dict(row)


def original(row: Row) -> dict[str, np.ndarray]:
    """Centroids by label, in the signals' own units."""
    values = np.array(row["centroids"]) / row["scales"] + row["means"]
    return dict(zip(row["clusters"], values, strict=True))


def test_a_new_fit() -> None:
    table = build(*inputs(raw(1)), NO_LOG)
    assert table.schema == SCHEMA
    assert [row["number_of_clusters"] for row in table.to_pylist()] == [2, 3, 4, 5]
    row = chosen(table)
    assert (row["fit_number"], row["number_of_clusters"], row["clusters"]) == (1, 3, ["c1", "c2", "c3"])
    for place, label in enumerate(row["clusters"]):
        assert original(row)[label] == pytest.approx(CENTRES[place], abs=0.5)
    assert row["shares"] == pytest.approx([0.4, 1 / 3, 0.8 / 3])


def test_a_stored_fit_is_kept_as_it_is() -> None:
    stored = build(*inputs(raw(1)), NO_LOG)
    log = stored.to_pandas()
    newer = log.assign(fit_number=2, reason="newer")
    due, spaces, sample = inputs(raw(2), is_due=False, stored_fit=1)
    assert build(due, spaces.iloc[:0], sample.iloc[:0], log).equals(stored)
    both = pd.concat([newer, log], ignore_index=True)
    kept = build(due.assign(stored_fit=2), spaces.iloc[:0], sample.iloc[:0], both).to_pylist()
    assert {(row["fit_number"], row["reason"]) for row in kept} == {(2, "newer")}


def test_a_refit_continues_the_labels_on_another_scale() -> None:
    """Twice the clicks and one unit wider: the same people, measured anew, with a new order of sizes."""
    log = build(*inputs(raw(1)), NO_LOG).to_pandas()
    values = raw(3, (60, 100, 140)) * [1.5, 1] + [0.5, 0]
    row = chosen(build(*inputs(values, signature="second", stored_fit=1), log))
    assert row["fit_number"] == 2
    assert row["clusters"] == ["c3", "c2", "c1"]
    assert original(row)["c2"] == pytest.approx([15.5, 0], abs=0.6)


def test_a_signal_more_or_less_leaves_the_labels() -> None:
    log = build(*inputs(raw(1)), NO_LOG).to_pandas()
    noise = np.random.default_rng(5).normal(size=(300, 1))
    wider = np.hstack([noise, raw(4)])
    row = chosen(build(*inputs(wider, ("age", "clicks", "scrolls"), stored_fit=1), log))
    assert row["clusters"] == ["c1", "c2", "c3"]
    assert original(row)["c2"][1:] == pytest.approx([10, 0], abs=0.6)


@pytest.mark.parametrize(
    "changed", [{"basis": "post_exposure"}, {"signals": ("other", "signals")}], ids=["period", "signals"]
)
def test_what_shares_nothing_has_new_labels(changed: Row) -> None:
    log = build(*inputs(raw(1)), NO_LOG).to_pandas()
    row = chosen(build(*inputs(raw(1), stored_fit=1, **changed), log))
    assert row["clusters"] == ["c4", "c5", "c6"]


def test_constant_and_unknown_signals_are_named() -> None:
    values = np.hstack([raw(1), np.full((300, 1), 7.0)])
    row = chosen(build(*inputs(values, ("clicks", "scrolls", "visits")), NO_LOG))
    assert row["reason"].endswith("; the same for all, and without part: visits")
    assert (row["scales"][2], row["number_of_clusters"]) == (0, 3)
    (failed,) = build(*inputs(values[:, 2:], ("visits",), known=0), NO_LOG).to_pylist()
    assert failed["reason"] == "all points are equal; never known, and without part: visits"
    assert (failed["is_chosen"], failed["number_of_clusters"], failed["clusters"]) == (False, None, None)


def test_nobody_to_cluster() -> None:
    due, spaces, sample = inputs(raw(1))
    (row,) = build(due, spaces.iloc[:0], sample.iloc[:0], NO_LOG).to_pylist()
    assert row["reason"] == "too few points: 0, and 2 clusters need at least 20"
    assert build(due.iloc[:0], spaces.iloc[:0], sample.iloc[:0], NO_LOG).num_rows == 0


def test_conversions_by_cluster() -> None:
    cell = {"experiment_id": "e", "clustering_id": "k", "metric_id": "m"}
    outcomes = [
        cell | {"cluster": "c2", "basis": "post_exposure", "units": 10, "successes": 0},
        cell | {"cluster": "c1", "basis": "pre_exposure", "units": 50, "successes": 3},
    ]
    first, second = build_conversions(pd.DataFrame(outcomes)).to_pylist()
    # Wilson (1927) for 3 of 50, as statsmodels' proportion_confint(3, 50, method='wilson') prints it.
    assert (first["rate"], first["interval_low"], first["interval_high"]) == pytest.approx(
        (0.06, 0.0206, 0.1622), abs=1e-4
    )
    assert first["reading"].startswith("association: who these units are")
    assert (second["rate"], second["interval_low"]) == (0, 0)
    assert "the variant itself" in second["reading"]
