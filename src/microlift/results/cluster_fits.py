"""`calc_cluster_fits`: the clusters in force, stored ones and new ones, and how their number was chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.behaviour.clusters import Floats, fit, match_labels

SPACE: dict[str, Any] = {
    "signals": pa.list_(pa.string()),
    "transforms": pa.list_(pa.string()),
    "weights": pa.list_(pa.float64()),
    "means": pa.list_(pa.float64()),
    "deviations": pa.list_(pa.float64()),
    "scales": pa.list_(pa.float64()),
}
"""A signal a place; a point is (transformed value − mean) × scale, and scale is √weight / deviation, or 0."""

SCHEMA = pa.schema(
    [
        ("clustering_id", pa.string()),
        ("fit_number", pa.int64()),
        ("number_of_clusters", pa.int64()),
        ("method", pa.string()),
        ("basis", pa.string()),
        ("signature", pa.string()),
        ("sample_size", pa.int64()),
        ("silhouette", pa.float64()),
        ("within_sum_of_squares", pa.float64()),
        ("smallest_share", pa.float64()),
        ("stability", pa.float64()),
        ("is_chosen", pa.bool_()),
        ("reason", pa.string()),
        *SPACE.items(),
        ("clusters", pa.list_(pa.string())),
        ("shares", pa.list_(pa.float64())),
        ("centroids", pa.list_(pa.list_(pa.float64()))),
    ]
)

Row = dict[str, Any]


def build(due: pd.DataFrame, spaces: pd.DataFrame, sample: pd.DataFrame, stored: pd.DataFrame) -> pa.Table:
    """The rows of every clustering, one a number of clusters that was tried (`SCHEMA`).

    A clustering that is not due keeps the rows of its last stored fit. One that is due is fitted on its sample (the
    standardised points in their order); the row of the chosen number has labels, shares of the sample and centroids.
    Where nothing can be found, its one row has no number of clusters and says why.
    """
    rows: list[Row] = []
    for clustering in _rows(due.sort_values("clustering_id")):
        key = clustering["clustering_id"]
        past = _rows(stored[stored["clustering_id"] == key])
        if clustering["is_due"]:
            points = sample[sample["clustering_id"] == key].sort_values("place")["point"]
            space = _rows(spaces[spaces["clustering_id"] == key])
            rows += _fitted(clustering, space[0] if space else {}, _array(points), past)
        else:
            last = [row for row in past if row["fit_number"] == clustering["stored_fit"]]
            rows += sorted(last, key=lambda row: row["number_of_clusters"])
    return pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in rows], SCHEMA)


def _fitted(clustering: Row, space: Row, points: Floats, past: list[Row]) -> list[Row]:
    same = {
        "clustering_id": clustering["clustering_id"],
        "fit_number": int(clustering["stored_fit"]) + 1,
        "method": clustering["method"],
        "basis": clustering["basis"],
        "signature": clustering["signature"],
        "sample_size": len(points),
        **{name: space.get(name) for name in SPACE},
    }
    found = fit(
        points,
        clustering["method"],
        int(clustering["minimum_clusters"]),
        int(clustering["maximum_clusters"]),
        int(clustering["seed"]),
    )
    without = _without_part(space)
    if found.failure:
        return [same | {"is_chosen": False, "reason": found.failure + without}]
    rows = []
    for candidate in found.candidates:
        row = same | {
            "number_of_clusters": candidate.number,
            "silhouette": candidate.silhouette,
            "within_sum_of_squares": candidate.within,
            "smallest_share": candidate.smallest_share,
            "stability": candidate.stability,
            "is_chosen": candidate.is_chosen,
            "reason": candidate.reason,
        }
        if candidate.is_chosen:
            row["reason"] += without
            row |= {
                "clusters": _labels(found.centroids, row, past),
                "shares": found.shares.tolist(),
                "centroids": found.centroids.tolist(),
            }
        rows.append(row)
    return rows


def _without_part(space: Row) -> str:
    """Signals that no distance knows of, in words."""
    said = ""
    for words, holds in (("never known", lambda known: not known), ("the same for all", bool)):
        names = [
            signal
            for signal, scale, known in zip(
                space.get("signals", []), space.get("scales", []), space.get("known", []), strict=True
            )
            if scale == 0 and holds(known)
        ]
        if names:
            said += f"; {words}, and without part: {', '.join(names)}"
    return said


def _labels(centroids: Floats, row: Row, past: list[Row]) -> list[str]:
    """Labels that continue those of the last fit, as far as the two share signals on the same scale."""
    chosen = [fit for fit in past if fit["is_chosen"]]
    used = [label for fit in chosen for label in fit["clusters"]]
    none = np.zeros((0, 0))
    if not chosen or (last := max(chosen, key=lambda fit: fit["fit_number"]))["basis"] != row["basis"]:
        return match_labels(none, [], centroids, used)
    old_places = {
        pair: place for place, pair in enumerate(zip(last["signals"], last["transforms"], strict=True))
    }
    pairs = [
        (place, old_places[pair])
        for place, pair in enumerate(zip(row["signals"], row["transforms"], strict=True))
        if pair in old_places
    ]
    if not pairs:
        return match_labels(none, [], centroids, used)
    new, old = (np.array(places) for places in zip(*pairs, strict=True))
    scales = np.array(row["scales"])[new]
    values = np.divide(centroids[:, new], scales, out=np.zeros((len(centroids), len(new))), where=scales != 0)
    values = values + np.array(row["means"])[new]
    in_old_space = (values - np.array(last["means"])[old]) * np.array(last["scales"])[old]
    return match_labels(np.array(last["centroids"])[:, old], last["clusters"], in_old_space, used)


def _array(points: pd.Series) -> Floats:
    return np.array([list(point) for point in points], dtype=np.float64).reshape(
        len(points), -1 if len(points) else 0
    )


def _rows(frame: pd.DataFrame) -> list[Row]:
    """The rows of a frame, with lists in the place of arrays and None where a value is absent."""
    names = [str(name) for name in frame.columns]
    return [
        dict(zip(names, map(_plain, row), strict=True)) for row in frame.itertuples(index=False, name=None)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | list):
        return [_plain(element) for element in value]
    return None if pd.isna(value) else value
