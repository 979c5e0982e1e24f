"""Effects over time and experiments on the same units: their aggregates, computed by hand."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from compiled import CompiledModels, Row

ANALYSED = ("int_metric_constants", "int_analysed_units")
DAYS = (*ANALYSED, "int_unit_calendar", "int_unit_days", "int_unit_places", "agg_variant_metrics_by_day")
START = datetime(2026, 1, 5, 12)  # a Monday


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> CompiledModels:
    return CompiledModels(Path(tmp_path_factory.mktemp("stability")))


def unit(name: str, variant: str, day: int, value: float, experiment: str = "e", **keys: Any) -> Row:
    exposed = START + timedelta(days=day)
    return {
        "experiment_id": experiment, "unit_id": name, "metric_id": "m", "variant_id": variant, "allocation_epoch": 1,
        "exposed_at": exposed, "ripe_at": exposed + timedelta(days=3), "value": value, "is_ripe": True,
    } | keys  # fmt: skip


def metric(hours: int = 72, kind: str = "sum") -> list[Row]:
    return [{"metric_id": "m", "kind": kind, "measure": kind, "event_name": "x", "window_start_seconds": 0,
             "window_end_seconds": hours * 3600}]  # fmt: skip


def event(name: str, day: int, hours: float, value: float) -> Row:
    moment = START + timedelta(days=day, hours=hours)
    return {
        "experiment_id": "e",
        "unit_id": name,
        "metric_id": "m",
        "part": "value",
        "event_time": moment,
        "value": value,
    }


def test_time_is_cut_in_every_way(models: CompiledModels) -> None:
    models.fill(
        int_unit_metrics=[
            unit("u", "a", 0, 5), unit("v", "b", 0, 0), unit("w", "b", 1, 2), unit("late", "b", 1, 9, is_ripe=False),
            unit("timeless", "a", 0, 1, exposed_at=None, ripe_at=None),
        ],
        dim_metrics=metric(),
        int_metric_events=[event("u", 0, 1, 2), event("u", 0, 23, 1), event("u", 0, 50, 2), event("w", 1, 24, 2)],
        int_calendar_checked=[
            {"event_name": name, "starts_at": START + timedelta(hours=hours), "ends_at": START + timedelta(days=9),
             "status": status}
            for name, hours, status in (("sale", 73, "valid"), ("outage", 0, "quarantined"))
        ],
    )  # fmt: skip
    models.run(*DAYS)
    query = """select stratum, variant_id, units, value_sum from agg_variant_metrics_by_day
        where stratification = '{}' order by all"""
    assert models.rows(query.format("exposure_day")) == [
        ("2026-01-05", "a", 1, 5), ("2026-01-05", "b", 1, 0), ("2026-01-06", "b", 1, 2),
    ]  # fmt: skip
    assert models.rows(query.format("day_of_week")) == [
        ("Monday", "a", 1, 5),
        ("Monday", "b", 1, 0),
        ("Tuesday", "b", 1, 2),
    ]
    # The window of who came on the first day closes before the sale begins.
    assert models.rows(query.format("calendar")) == [
        ("none", "a", 1, 5),
        ("none", "b", 1, 0),
        ("sale", "b", 1, 2),
    ]
    assert models.rows(query.format("day_since_exposure")) == [
        ("0", "a", 1, 3), ("0", "b", 2, 0), ("1", "a", 1, 0), ("1", "b", 2, 2), ("2", "a", 1, 2), ("2", "b", 2, 0),
    ]  # fmt: skip
    # Σ (2 × day − 2) × value: u has −2 × 3 + 2 × 2, w has 0 × 2.
    assert models.rows(query.format("slope_since_exposure")) == [("3", "a", 1, -2), ("3", "b", 2, 0)]


def test_a_window_of_a_day_has_no_days(models: CompiledModels) -> None:
    models.fill(
        int_unit_metrics=[unit("u", "a", 0, 1)], dim_metrics=metric(hours=47, kind="conversion"),
        int_metric_events=[event("u", 0, 1, 1)], int_calendar_checked=[],
    )  # fmt: skip
    models.run(*DAYS)
    cuts = models.rows("select stratification, successes from agg_variant_metrics_by_day order by all")
    assert cuts == [("calendar", 1), ("day_of_week", 1), ("exposure_day", 1)]


def test_shared_units_are_counted_both_ways_and_small_pairs_left_out(models: CompiledModels) -> None:
    exposures = [
        {"experiment_id": experiment, "unit_type": "user", "unit_id": f"u{i}",
         "variant_id": "ab"[i % 2] if experiment == "e" else "xy"[i // 2 % 2],
         "exposed_at": START + timedelta(days=experiment == "f")}
        for i in range(400) for experiment in ("e", "f")
    ]  # fmt: skip
    few = [row | {"experiment_id": "g"} for row in exposures[:99]]
    other_unit = [row | {"experiment_id": "h", "unit_type": "device"} for row in exposures]
    models.fill(
        int_exposures=[*exposures, *few, *other_unit],
        int_unit_metrics=[unit(f"u{i}", "ab"[i % 2], 0, i % 4 == 1) for i in range(400)],
        dim_metrics=metric(kind="conversion"),
        int_experiment_metrics=[{"experiment_id": "e", "metric_id": "m", "role": "primary"}],
    )
    models.run(*ANALYSED, "int_experiment_pair_units", "int_experiment_pair_strata")
    cells = models.rows(
        "select experiment_id, other_experiment_id, units, other_first_units from int_experiment_pair_units order by all"
    )
    assert cells == [("e", "f", 100, 0)] * 4 + [("f", "e", 100, 100)] * 4
    strata = models.rows(
        "select variant_id, other_variant_id, units, successes from int_experiment_pair_strata order by all"
    )
    assert strata == [("a", "x", 100, 0), ("a", "y", 100, 0), ("b", "x", 100, 100), ("b", "y", 100, 0)]


def test_a_hierarchical_family_takes_in_the_segments_it_opens(models: CompiledModels) -> None:
    cell = {"experiment_id": "e", "metric_id": "m", "variant_id": "b", "baseline_variant_id": "a"}
    plan = {
        "experiment_id": "e",
        "metric_id": "m",
        "family": "f",
        "correction": "hierarchical",
        "alpha": 0.05,
    }
    models.fill(
        calc_comparisons=[
            cell | {"segment_dimension": d, "segment": s, "p_value": 0.01}
            for d, s in (("all", "all"), ("device", "mobile"), ("country", "DE"))
        ],
        calc_interactions=[
            {"experiment_id": "e", "metric_id": "m", "segment_dimension": "device", "term": term, "p_value": 0.02}
            for term in ("interaction", "sign_flip")
        ],
        calc_factorial_effects=[], calc_funnel_steps=[], calc_adjustments=[], calc_hypotheses=[],
        calc_experiment_interactions=[
            {"experiment_id": "e", "metric_id": "m", "other_experiment_id": "o", "term": "interaction", "p_value": 0.5}
        ],
        int_hypotheses=[
            plan | {"hypothesis_id": "h1", "segment_dimension": "all"},
            plan | {"hypothesis_id": "h2", "segment_dimension": "device"},
        ],
        int_experiment_metrics=[{"experiment_id": "e", "metric_id": "m", "role": "primary"}],
    )  # fmt: skip
    models.run("int_tests")
    tests = {
        row[0]: row[1:]
        for row in models.rows(
            "select test_id, family, is_confirmatory, effect_test_id, interaction_test_id from int_tests"
        )
    }
    assert len(tests) == 5
    assert tests["e/device/mobile/m/b/a"] == ("f", True, "e/all/all/m/b/a", "e/device/m")
    assert tests["e/all/all/m/b/a"] == ("f", True, None, None)
    assert tests["e/device/m"] == ("f", True, None, None)
    assert tests["e/country/DE/m/b/a"][:2] == ("e: exploratory", False)
    assert tests["experiments/e/o/m"][0] == "e: other experiments"
