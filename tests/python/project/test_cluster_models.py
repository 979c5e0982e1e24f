"""Clusters in SQL: points, sample and scores on rows made by hand, against numpy and scikit-learn."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from compiled import CompiledModels, Row
from sklearn.metrics import adjusted_rand_score

from microlift.results.cluster_fits import build

FIT = ("int_cluster_fits_due", "int_cluster_spaces", "int_cluster_sample")
SCORE = ("int_cluster_models", "unit_clusters", "session_clusters", "int_cluster_sums", "results_cluster_signals",
         "int_cluster_names", "results_clusters", "results_cluster_choices")  # fmt: skip

SIGNALS: list[Row] = [
    {"signal": "clicks", "kind": "count", "event_name": "clicked"},
    {"signal": "depth", "kind": "max", "event_name": "scrolled", "value_property": "depth"},
]
CLUSTERINGS: list[Row] = [
    {"clustering_id": "before", "level": "unit", "period": "pre_exposure", "method": "kmeans", "maximum_clusters": "4",
     "sample_size": "150"},
    {"clustering_id": "since", "level": "unit", "period": "post_exposure", "method": "kmeans"},
    {"clustering_id": "visits", "level": "session", "method": "hierarchical", "minimum_clusters": "2", "maximum_clusters": "2"},
]  # fmt: skip
OF_CLUSTERINGS: list[Row] = [
    {"clustering_id": "before", "signal": "depth", "weight": "2"},
    {"clustering_id": "before", "signal": "clicks", "transform": "log1p"},
    {"clustering_id": "since", "signal": "sessions"},
    {"clustering_id": "visits", "signal": "session_seconds", "transform": "log1p"},
    {"clustering_id": "visits", "signal": "days_since_last_session"},
]

# Three kinds of people: how many clicks, how deep; a few never scrolled, two send nonsense.
KINDS = ((0, 10), (30, 20), (1, 90))
UNITS = 240


def people() -> tuple[pd.DataFrame, np.ndarray]:
    """Units e × u000…, their raw clicks (0 = no row) and depth (NaN = no row), and their kind."""
    rng = np.random.default_rng(7)
    kind = rng.permutation(np.repeat(np.arange(3), UNITS // 3))
    clicks = rng.poisson(np.array([KINDS[k][0] for k in kind]))
    depth = np.clip(np.round(np.array([KINDS[k][1] for k in kind]) + rng.normal(0, 4, UNITS)), 0, 100)
    depth[(rng.random(UNITS) < 0.05) & (kind == 0)] = np.nan
    return pd.DataFrame({"unit": [f"u{i:03}" for i in range(UNITS)], "clicks": clicks, "depth": depth}), kind


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledModels]:
    models = CompiledModels(tmp_path_factory.mktemp("compiled"))
    yield models
    models.connection.close()


@pytest.fixture(scope="module")
def scored(models: CompiledModels) -> CompiledModels:
    run(models)
    return models


def run(models: CompiledModels) -> None:
    found, _ = people()
    values: list[Row] = [
        {"unit_id": row.unit, "signal": name, "value": float(getattr(row, name)), "period": "pre_exposure"}
        for row in found.itertuples()
        for name in ("clicks", "depth")
        if getattr(row, name) > 0
    ]
    # What is no sensible number is unknown; what is of the other period is not looked at.
    values += [
        {"unit_id": "u000", "signal": "sessions", "value": 3.0, "period": "post_exposure"},
        {"unit_id": "x1", "signal": "depth", "value": float("inf"), "period": "pre_exposure"},
        {"unit_id": "x2", "signal": "depth", "value": float("nan"), "period": "pre_exposure"},
        {"unit_id": "x2", "signal": "clicks", "value": 1e12, "period": "pre_exposure"},
        {"unit_id": "x1", "signal": "clicks", "value": 5e5, "period": "post_exposure"},
    ]
    units = [*found["unit"], "x1", "x2"]
    sessions = [
        (f"s{place:02}", float(seconds)) for place, seconds in enumerate([3, 4, 5] * 7 + [900, 1000] * 5)
    ]
    models.fill(
        def_signals=SIGNALS,
        def_clusterings=CLUSTERINGS,
        def_clustering_signals=OF_CLUSTERINGS,
        int_unit_sessions=[
            {"experiment_id": "e", "unit_id": unit, "session_id": f"{unit}-{number}"} for unit in units for number in (1, 2)
        ],
        int_unit_signals=[{"experiment_id": "e", "unit_type": "user", **value} for value in values],
        fct_sessions=[{"person_id": "p", "session_id": session} for session, _ in sessions],
        fct_session_signals=[
            {"person_id": "p", "session_id": session, "signal": "session_seconds", "value": seconds}
            for session, seconds in sessions
        ],
        cluster_fits=[],
    )  # fmt: skip
    models.run("int_signals", "int_clustering_signals", "int_clusterings", "int_unit_points", "int_session_points",
               "int_cluster_points")  # fmt: skip
    refit(models)


def refit(models: CompiledModels) -> None:
    """One build of what follows from the points, and what the hook of the fits does."""
    models.run(*FIT)
    frames = [models.connection.execute(f"from {name}").df() for name in (*FIT, "cluster_fits")]
    models.connection.register("fits", build(*frames))
    models.connection.execute("create or replace table calc_cluster_fits as from fits")
    models.connection.unregister("fits")
    models.run(*SCORE)


def space(models: CompiledModels, clustering: str) -> Row:
    found = models.connection.sql(
        f"from calc_cluster_fits where clustering_id = '{clustering}' and is_chosen"
    )
    row: Row = found.to_arrow_table().to_pylist()[0]
    return row


def test_points_are_raw_values_in_the_order_of_the_signals(scored: CompiledModels) -> None:
    points = dict(scored.rows("select unit_id, point from int_unit_points where clustering_id = 'before'"))
    found, _ = people()
    assert len(points) == UNITS + 2
    for row in found.itertuples():
        # No click is 0 clicks; no scroll is no known depth.
        assert points[row.unit] == [row.clicks, row.depth if row.depth > 0 else None]
    assert points["x1"] == [0, None]
    assert points["x2"] == [None, None]
    since = dict(scored.rows("select unit_id, point from int_unit_points where clustering_id = 'since'"))
    assert (since["u000"], since["u001"]) == ([3], [0])


def expected_space() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Transformed values of all points (NaN = unknown), means, and scales, by numpy."""
    found, _ = people()
    clicks = np.r_[np.log1p(found["clicks"]), 0, np.nan]
    depth = np.r_[np.where(found["depth"] > 0, found["depth"], np.nan), np.nan, np.nan]
    values = np.column_stack([clicks, depth])
    return values, np.nanmean(values, axis=0), np.sqrt([1, 2]) / np.nanstd(values, axis=0)


def test_the_space_is_that_of_all(scored: CompiledModels) -> None:
    _, means, scales = expected_space()
    row = space(scored, "before")
    assert (row["signals"], row["transforms"], row["weights"]) == (
        ["clicks", "depth"],
        ["log1p", "none"],
        [1, 2],
    )
    assert row["means"] == pytest.approx(means, rel=1e-8)
    assert row["scales"] == pytest.approx(scales, rel=1e-8)
    known = scored.rows("select known from int_cluster_spaces where clustering_id = 'before'")[0][0]
    assert known[0] == UNITS + 1


def test_the_sample_is_bounded_and_the_same_whatever_the_order(scored: CompiledModels) -> None:
    query = "select place, point_id, point from int_cluster_sample where clustering_id = 'before' order by 1"
    sample = scored.rows(query)
    assert [place for place, _, _ in sample] == list(range(1, 151))
    # The smallest hashes of seed, experiment and unit.
    by_hash = scored.rows(
        "select unit_id from int_unit_points where clustering_id = 'before' order by md5('1|e|' || unit_id) limit 150"
    )
    assert [unit for _, unit, _ in sample] == [unit for (unit,) in by_hash]
    shuffled = "from int_unit_points order by hash(unit_id || 'x')"
    scored.connection.execute(f"create or replace table int_unit_points as {shuffled}")
    scored.run(*FIT)
    assert scored.rows(query) == sample


def test_scores_are_those_of_numpy_and_of_scikit_learn(scored: CompiledModels) -> None:
    from sklearn.cluster import KMeans
    from sklearn.metrics import pairwise_distances

    values, means, scales = expected_space()
    standardised = np.nan_to_num((values - means) * scales)
    row = space(scored, "before")
    centroids = np.array(row["centroids"])
    rows = scored.rows(
        "select cluster, distance, second_cluster, second_distance, margin, basis from unit_clusters "
        "where clustering_id = 'before' order by unit_id"
    )
    ordered = np.sort(pairwise_distances(standardised, centroids), axis=1)
    assert [r[1] for r in rows] == pytest.approx(ordered[:, 0], abs=1e-7)
    assert [r[3] for r in rows] == pytest.approx(ordered[:, 1], abs=1e-7)
    assert [r[4] for r in rows] == pytest.approx(1 - ordered[:, 0] / ordered[:, 1], abs=1e-6)
    assert {r[5] for r in rows} == {"pre_exposure"}
    assert all(r[0] != r[2] for r in rows)
    predictor = KMeans(len(centroids), init=centroids, n_init=1, max_iter=1).fit(centroids)
    assert [row["clusters"].index(r[0]) for r in rows] == predictor.predict(standardised).tolist()
    _, kind = people()
    assert adjusted_rand_score(kind, [r[0] for r in rows[:UNITS]]) > 0.95


def test_sessions_are_scored_by_the_means_of_wards_clusters(scored: CompiledModels) -> None:
    """Days since the last session are never known: they have no part."""
    row = space(scored, "visits")
    assert row["reason"] == (
        "chosen: the only number that is allowed; never known, and without part: days_since_last_session"
    )
    clusters = scored.rows(
        "select c.cluster, min(value), max(value), count(*) from session_clusters as c "
        "inner join fct_session_signals as v using (session_id) group by all order by all"
    )
    assert clusters == [("c1", 3, 5, 21), ("c2", 900, 1000, 10)]


def test_profiles(scored: CompiledModels) -> None:
    found, kind = people()
    (row,) = scored.rows(
        "select members, share, cluster_name, basis, may_enter_inference, cluster from results_clusters "
        "where experiment_id = 'e' and clustering_id = 'before' and cluster_name like '%many clicks%'"
    )
    assert row[:2] == (UNITS / 3, pytest.approx(UNITS / 3 / (UNITS + 2)))
    assert row[3:5] == ("pre_exposure", True)
    (clicks, rank), (depth, _) = scored.rows(
        "select mean, rank_of_mean from results_cluster_signals "
        f"where experiment_id = 'e' and clustering_id = 'before' and cluster = '{row[5]}' order by signal"
    )
    assert clicks == pytest.approx(found["clicks"][kind == 1].mean())
    assert depth == pytest.approx(found["depth"][kind == 1].mean())
    assert rank == 1
    visits = scored.rows(
        "select experiment_id, basis, may_enter_inference, members, cluster_name from results_clusters "
        "where clustering_id = 'visits' order by cluster"
    )
    assert visits == [
        ("all", "session", False, 21, "low session seconds"),
        ("all", "session", False, 10, "high session seconds"),
    ]
    # One experiment: `all` is the same.
    sizes = "select cluster, members from results_clusters where clustering_id = 'before' and experiment_id = '{}' order by 1"
    assert scored.rows(sizes.format("e")) == scored.rows(sizes.format("all"))


def test_what_cannot_be_clustered_has_no_scores_and_a_reason(scored: CompiledModels) -> None:
    """Of `since`, all but one unit have no session after their exposure."""
    choices = scored.rows(
        "select number_of_clusters, is_chosen, silhouette > 0.9, reason from results_cluster_choices "
        "where clustering_id = 'since'"
    )
    assert choices[0][:3] == (2, True, True)
    assert "mind: " in choices[0][3]
    assert "the smallest cluster holds 0.4%" in choices[0][3]


def test_a_stored_fit_holds_until_its_definition_changes(models: CompiledModels) -> None:
    run(models)
    models.connection.execute(
        "insert into cluster_fits by name select *, now()::timestamp as fitted_at from calc_cluster_fits"
    )
    before = models.rows("from unit_clusters order by all")
    # Other people come: the fit stays, only they are new.
    copied = "select 'e', 'new', clustering_id, basis, point from int_unit_points where unit_id = 'u001'"
    models.connection.execute(f"insert into int_unit_points {copied}")
    refit(models)
    assert {due for (due,) in models.rows("select is_due from int_cluster_fits_due")} == {False}
    assert models.rows("select count(*) from int_cluster_sample") == [(0,)]
    after = models.rows("from unit_clusters where unit_id != 'new' order by all")
    assert after == before
    assert models.rows("select count(*) from unit_clusters where unit_id = 'new'") == [(2,)]
    # Words change nothing; a weight does, and the labels stay.
    changed = [dict(row) for row in OF_CLUSTERINGS]
    changed[0]["weight"] = "3"
    models.fill(
        def_clusterings=[row | {"description": "words"} for row in CLUSTERINGS],
        def_clustering_signals=changed,
    )
    models.run("int_clustering_signals", "int_clusterings")
    refit(models)
    assert models.rows("select clustering_id, is_due, stored_fit from int_cluster_fits_due order by 1") == [
        ("before", True, 1), ("since", False, 1), ("visits", False, 1),
    ]  # fmt: skip
    assert space(models, "before")["fit_number"] == 2
    was = {row[1]: row[4] for row in before if row[2] == "before"}
    now = models.rows(
        "select unit_id, cluster from unit_clusters where clustering_id = 'before' and unit_id != 'new'"
    )
    assert sum(was[unit] == cluster for unit, cluster in now) / len(now) > 0.98


def test_the_definition_of_a_signal_is_part_of_the_signature(models: CompiledModels) -> None:
    def signatures() -> dict[str, str]:
        models.run("int_signals", "int_clustering_signals", "int_clusterings")
        return dict(models.rows("select clustering_id, signature from int_clusterings"))

    models.fill(def_signals=SIGNALS, def_clusterings=CLUSTERINGS, def_clustering_signals=OF_CLUSTERINGS)
    before = signatures()
    models.fill(def_signals=[SIGNALS[0] | {"event_name": "tapped"}, SIGNALS[1]])
    after = signatures()
    assert {name for name in before if before[name] != after[name]} == {"before"}
