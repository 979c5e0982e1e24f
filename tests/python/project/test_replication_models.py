"""The SQL of replication, traffic, repeats and candidates on a few rows, by hand."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from compiled import CompiledModels, Row

from microlift.assignment import unit_share

NOW = datetime(2026, 1, 20)
SEGMENT = {"experiment_id": "e", "segment_dimension": "all", "segment": "all"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledModels]:
    models = CompiledModels(tmp_path_factory.mktemp("compiled"))
    yield models
    models.connection.close()


def test_units_are_split_by_their_hash(models: CompiledModels) -> None:
    units = [f"u{number}" for number in range(200)]
    late: Row = {"is_ripe": False, "value": 1}
    models.fill(
        int_unit_metrics=[
            {"experiment_id": "e", "unit_id": unit, "metric_id": "m", "variant_id": "ab"[i % 2], "allocation_epoch": 1,
             "is_ripe": True, "value": int(i % 3 == 0)}
            | (late if i == 199 else {})
            for i, unit in enumerate(units)
        ],
        unit_segments=[
            SEGMENT | {"unit_id": unit, "segment_dimension": dimension, "segment": "s"}
            for unit in units for dimension in ("known", "small", "later")
        ],
        dim_segments=[
            SEGMENT | {"segment_dimension": name, "segment": "s", "is_large_enough": name != "small",
                       "basis": "post_exposure" if name == "later" else "at_exposure"}
            for name in ("known", "small", "later")
        ],
        dim_metrics=[{"metric_id": "m", "kind": "conversion"}],
    )  # fmt: skip
    models.run("int_metric_constants", "int_analysed_units", "int_replication_strata")
    rows = models.rows(
        "select segment_dimension, half, variant_id, units, successes, round(centred_sum_squares, 6) "
        "from int_replication_strata order by all"
    )
    expected = []
    for half in ("confirmation", "exploration"):
        for variant in "ab":
            mine = [
                i for i in range(199)
                if "ab"[i % 2] == variant
                and ((unit_share(f"u{i}", "e: replication") or 0) < 0.5) == (half == "confirmation")
            ]  # fmt: skip
            n, x = len(mine), sum(i % 3 == 0 for i in mine)
            expected.append(("known", half, variant, n, x, round(x * (1 - x / n), 6)))
    assert rows == expected
    assert all(30 < row[3] < 70 for row in rows)


def test_traffic_is_of_the_last_days_of_each_experiment(models: CompiledModels) -> None:
    def exposed(experiment: str, unit: str, days_ago: float, variant: str = "a") -> Row:
        return {
            "experiment_id": experiment,
            "unit_id": unit,
            "variant_id": variant,
            "exposed_at": NOW - timedelta(days=days_ago),
        }

    rows = [exposed("long", f"l{i}", i / 10, "ab"[i % 2]) for i in range(200)]
    rows += [exposed("ended", f"d{i}", 5 + i / 10) for i in range(100)]
    rows += [exposed("young", f"y{i}", i / 100) for i in range(201)]
    models.fill(
        int_exposures=rows,
        unit_segments=[SEGMENT | {"experiment_id": row["experiment_id"], "unit_id": row["unit_id"]} for row in rows],
        int_progress=[
            {"experiment_id": name, "as_of": NOW, "ends_at": NOW - timedelta(days=5) if name == "ended" else None}
            for name in ("long", "ended", "young", "empty")
        ],
        int_counts_checked=[
            SEGMENT | {"experiment_id": "totals", "variant_id": "a", "metric_id": metric, "units": units, "status": "valid",
                       "day": (NOW - timedelta(days=day)).date()}
            for day in (1, 2) for metric, units in (("m", 100), ("n", 90))
        ],
    )  # fmt: skip
    models.run("int_traffic")
    found = models.rows(
        "select experiment_id, variant_id, units, round(days, 2), round(units_a_day, 2) from int_traffic order by all"
    )
    assert found == [
        ("ended", "a", 70, 7, 10),
        ("long", "a", 35, 7, 5),
        ("long", "b", 35, 7, 5),
        ("young", "a", 200, 2, 100),
    ]
    models.fill(int_progress=[{"experiment_id": "totals", "as_of": NOW, "ends_at": None}])
    models.run("int_traffic")
    assert models.rows("select units, days, units_a_day from int_traffic") == [(200, 2, 100)]


def test_candidates_are_ranked_by_what_is_left_of_their_effect(models: CompiledModels) -> None:
    scores = {"feasibility": "1", "alignment": "0.5"}
    cell = SEGMENT | {"metric_id": "m", "variant_id": "b", "baseline_variant_id": "a"}
    models.fill(
        def_candidates=[
            {"candidate_id": "typed", "effect_size": "0.2", "effect_size_name": "cohens_d"} | scores,
            {"candidate_id": "odds", "effect_size": "2", "effect_size_name": "odds_ratio"} | scores,
            {"candidate_id": "seen", "experiment_id": "e", "metric_id": "m"} | scores,
            {"candidate_id": "unseen", "experiment_id": "e", "metric_id": "other", "variant_id": "b"}
            | scores,
        ],
        dim_variants=[{"experiment_id": "e", "variant_id": name, "is_control": name == "a"} for name in "ab"],
        dim_metrics=[{"metric_id": name, "better": "lower"} for name in ("m", "other")],
        results_comparisons=[cell | {"effect_size": -0.5}],
        results_segments_shrunk=[cell | {"shrinkage": 0.5}],
    )
    models.run("int_candidates", "results_candidates")
    found = models.rows(
        "select place, candidate_id, round(effect, 4), round(score, 4), note is null from results_candidates order by 1"
    )
    assert found == [
        (1, "odds", 0.3822, 0.1911, True),
        (2, "seen", 0.25, 0.125, True),
        (3, "typed", 0.2, 0.1, True),
        (4, "unseen", None, None, False),
    ]


def test_repeats_without_a_variant_mean_the_only_other_one(models: CompiledModels) -> None:
    models.fill(
        def_repeats=[
            {"hypothesis_group": "q", "experiment_id": "e", "metric_id": "m"},
            {"hypothesis_group": "q", "experiment_id": "f", "metric_id": "m", "variant_id": "c"},
        ],
        dim_variants=[
            {"experiment_id": experiment, "variant_id": name, "is_control": name == "a"}
            for experiment, names in (("e", "ab"), ("f", "abc")) for name in names
        ],
    )  # fmt: skip
    models.run("int_repeats")
    assert models.rows("from int_repeats order by all") == [("q", "e", "m", "b"), ("q", "f", "m", "c")]
