"""The SQL of looks and of the plan, on rows made by hand."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from compiled import CompiledModels, Row


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> CompiledModels:
    folder: Path = tmp_path_factory.mktemp("sequential")
    return CompiledModels(folder)


def day(number: int) -> datetime:
    return datetime(2026, 1, number)


def change(unit: str, look: int, value: float, before: float | None = None, **changed: Any) -> Row:
    return {
        "experiment_id": "e", "unit_id": unit, "metric_id": "m", "look_at": day(look), "is_counted": True, "value": value,
        "value_before": before, "denominator": 0, "denominator_before": None if before is None else 0,
    } | changed  # fmt: skip


def look(models: CompiledModels, changes: list[Row], kind: str = "conversion") -> None:
    models.fill(
        int_look_changes=changes,
        int_experiment_metrics=[{"experiment_id": "e", "metric_id": "m", "role": "primary"}],
        int_hypotheses=[],
        int_exposures=[
            {"experiment_id": "e", "unit_id": unit, "variant_id": unit[0], "allocation_epoch": int(unit[1])}
            for unit in ("a1x", "a1y", "a2z", "b1x", "b2y")
        ],
        agg_variant_metrics_by_look=[
            {"experiment_id": "e", "segment_dimension": "all", "look": number, "look_at": day(number)}
            for number in (1, 2, 3)
        ],
        dim_metrics=[{"metric_id": "m", "kind": kind}],
    )
    models.run("int_look_strata")


def test_looks_cumulate_by_epoch_and_tell_new_units_from_late_outcomes(models: CompiledModels) -> None:
    look(
        models,
        [
            change("a1x", 1, 0),
            change("a1y", 2, 1),
            change("a1x", 3, 1, 0),
            change("a2z", 3, 0),
            change("b1x", 1, 1),
        ],
    )
    rows = models.rows(
        "select variant_id, allocation_epoch, look, units, new_units, successes, new_successes, centred_sum_squares "
        "from int_look_strata order by all"
    )
    assert [row[:7] for row in rows] == [
        ("a", 1, 1, 1, 1, 0, 0),
        ("a", 1, 2, 2, 1, 1, 1),
        ("a", 1, 3, 2, 0, 2, 0),
        ("a", 2, 3, 1, 1, 0, 0),
        ("b", 1, 1, 1, 1, 1, 1),
        ("b", 1, 2, 1, 0, 1, 0),
        ("b", 1, 3, 1, 0, 1, 0),
    ]
    assert [row[7] for row in rows] == pytest.approx([0, 0.5, 0, 0, 0, 0, 0], abs=1e-9)


def test_the_moments_of_a_ratio_are_those_of_what_is_known(models: CompiledModels) -> None:
    look(
        models,
        [
            change("a1x", 1, 4, denominator=2), change("a1y", 1, 9, denominator=3),
            change("a1x", 2, 6, 4, denominator=5, denominator_before=2),
        ],
        kind="ratio",
    )  # fmt: skip
    rows = models.rows(
        "select value_sum, centred_sum_squares, denominator_sum, denominator_centred_sum_squares, centred_cross_products "
        "from int_look_strata order by look"
    )
    assert rows[0] == pytest.approx((13, 12.5, 5, 0.5, 2.5))
    assert rows[1] == rows[2] == pytest.approx((15, 4.5, 8, 2, -3))


def test_monitored_are_units_since_shipping_of_variants_with_a_share(models: CompiledModels) -> None:
    """c had its weight taken: who still gets it is no holdback."""
    exposed = {"a1": 4, "b1": 5, "a2": 6, "b2": 9, "c2": 9}
    models.fill(
        int_exposures=[
            {"experiment_id": "e", "unit_id": unit, "variant_id": unit[0], "allocation_epoch": 1, "exposed_at": day(at)}
            for unit, at in exposed.items()
        ] + [{"experiment_id": "running", "unit_id": "a", "variant_id": "a", "allocation_epoch": 1, "exposed_at": day(9)}],
        dim_experiments=[
            {"experiment_id": "e", "shipped_at": day(5), "shipped_variant_id": "b"}, {"experiment_id": "running"},
        ],
        int_allocations=[
            {"experiment_id": name, "variant_id": variant, "allocation_epoch": 1, "weight": weight}
            for name in ("e", "running") for variant, weight in {"a": 0.1, "b": 0.9, "c": 0.0}.items()
        ],
        int_look_changes=[change(unit, at + 1, 1) for unit, at in exposed.items()],
        int_experiment_metrics=[{"experiment_id": "e", "metric_id": "m", "role": "primary"}],
        int_hypotheses=[],
        agg_variant_metrics_by_look=[
            {"experiment_id": "e", "segment_dimension": "all", "look": number, "look_at": day(number)} for number in range(1, 12)
        ],
        dim_metrics=[{"metric_id": "m", "kind": "conversion"}],
    )  # fmt: skip
    models.run("int_shipped_units")
    assert models.rows("select unit_id from int_shipped_units order by 1") == [("a2",), ("b1",), ("b2",)]
    models.run("int_monitoring_strata")
    assert models.rows(
        "select variant_id, max(look), max(units), min(look) from int_monitoring_strata group by 1 order by 1"
    ) == [("a", 11, 1, 7), ("b", 11, 2, 6)]


def hypothesis(name: str, **changed: Any) -> Row:
    return {
        "hypothesis_id": name, "experiment_id": "e", "metric_id": "m", "segment_dimension": "all", "family": "f",
        "correction": "holm", "alpha": 0.05, "direction": "two_sided", "stopping_rule": "fixed_horizon", "power": 0.8,
    } | changed  # fmt: skip


def test_a_family_shares_its_alpha_among_its_tests(models: CompiledModels) -> None:
    """Two pairs of the overall effect, and an interaction."""
    models.fill(
        int_hypotheses=[hypothesis("h"), hypothesis("i", segment_dimension="device")],
        dim_experiments=[
            {"experiment_id": "e", "variants": 3, "control_variant_id": "a", "ends_at": day(10)},
            {"experiment_id": "free", "variants": 2},
        ],
        dim_metrics=[{"metric_id": "m", "kind": "conversion", "window_end_seconds": 86400}],
        int_experiment_metrics=[
            {"experiment_id": name, "metric_id": "m", "role": "primary"} for name in ("e", "free")
        ],
    )
    models.run("int_sequential_plan")
    rows = models.rows(
        "select experiment_id, hypothesis_id, stopping_rule, alpha, last_look_at from int_sequential_plan order by 1"
    )
    assert rows[0] == ("e", "h", "fixed_horizon", pytest.approx(0.05 / 3), day(11))
    assert rows[1] == ("free", None, "fixed_horizon", pytest.approx(0.05), None)


def test_the_plan_is_told_from_the_first_look_on(models: CompiledModels) -> None:
    models.fill(
        int_hypotheses=[hypothesis("h"), hypothesis("g", experiment_id="unseen")],
        dim_experiments=[{"experiment_id": "e"}, {"experiment_id": "unseen"}],
        agg_variant_metrics_by_look=[{"experiment_id": "e"}],
    )
    models.run("int_plan_state")
    assert models.rows("select distinct hypothesis_id from int_plan_state order by 1") == [("",), ("h",)]
    assert models.rows("select value from int_plan_state where field = 'alpha'") == [("0.05",)]


def logged(field: str, value: str | None, at: int, hypothesis_id: str = "h") -> Row:
    return {
        "experiment_id": "e", "hypothesis_id": hypothesis_id, "field": field, "value": value, "logged_at": day(at),
    }  # fmt: skip


def test_changes_of_the_plan_are_those_after_the_first_look(models: CompiledModels) -> None:
    models.fill(
        int_plan_state=[],
        int_plan_log=[
            logged("first_look", "seen", 2, ""), logged("alpha", "0.05", 2), logged("looks", None, 2),
            logged("alpha", "0.1", 4), logged("looks", "5", 5), logged("alpha", "0.05", 6), logged("alpha", "0.2", 7, "late"),
        ],
    )  # fmt: skip
    models.run("quality_plan_changes")
    assert models.rows(
        "select hypothesis_id, field, value_before, value, changed_at from quality_plan_changes order by 5"
    ) == [
        ("h", "alpha", "0.05", "0.1", day(4)),
        ("h", "looks", None, "5", day(5)),
        ("h", "alpha", "0.1", "0.05", day(6)),
        ("late", "alpha", None, "0.2", day(7)),
    ]


def test_a_past_look_stays_as_it_was_first_computed(models: CompiledModels) -> None:
    key = {
        "experiment_id": "e", "metric_id": "m", "variant_id": "b", "baseline_variant_id": "a", "rule": "pocock", "plan_id": "now",
    }  # fmt: skip
    looks = [
        key | {"look": number, "look_at": day(number), "p_value": 0.5, "is_crossed": False}
        for number in (1, 2, 3)
    ]
    stored = [
        looks[0], looks[1] | {"p_value": 0.001, "is_crossed": True}, looks[2], looks[0] | {"plan_id": "before", "p_value": 0.9},
    ]  # fmt: skip
    models.fill(calc_sequential=looks, int_sequential_log=stored)
    models.run("results_sequential")
    rows = models.rows(
        "select look, p_value, first_crossed_look, has_stopped from results_sequential order by look"
    )
    assert rows == [(1, 0.5, 2, False), (2, 0.001, 2, True), (3, 0.5, 2, True)]
