"""Each suite accepts good data, and each of its expectations catches the fault that it is there for."""

import json
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from microlift.expectations.suite import load_suite

SUITES = ["events", "exposures", "aggregates", "results"]

# (suite, expectation, statement that spoils the good data, what one failing row must show)
Fault = tuple[str, str, str, dict[str, Any]]


def _set(table: str, change: str, where: str) -> str:
    return f"update {table} set {change} where {where}"


EVENTS: list[Fault] = [
    (
        "events",
        "events.event_id.not_null",
        _set("events", "event_id = null", "sequence = 4"),
        {"event_id": None},
    ),
    (
        "events",
        "events.event_id.unique",
        _set("events", "event_id = 'e1'", "sequence = 2"),
        {"event_id": "e1"},
    ),
    (
        "events",
        "events.person_id.not_null",
        _set("events", "person_id = null", "event_id = 'e3'"),
        {"event_id": "e3"},
    ),
    (
        "events",
        "events.event_name.not_null",
        _set("events", "event_name = null", "event_id = 'e3'"),
        {"event_id": "e3"},
    ),
    (
        "events",
        "events.event_name.in_vocabulary",
        _set("events", "event_name = 'clikc'", "sequence > 8"),
        {"event_name": "clikc", "events": 2},
    ),
    (
        "events",
        "events.event_time.not_null",
        _set("events", "event_time = null", "event_id = 'e5'"),
        {"event_id": "e5"},
    ),
    (
        "events",
        "events.event_time.plausible",
        _set("events", "event_time = timestamp '1970-01-01'", "event_id = 'e5'"),
        {"event_id": "e5", "event_time": "1970-01-01 00:00:00"},
    ),
    (
        "events",
        "events.event_time.not_ahead_of_received_time",
        _set("events", "event_time = received_time + interval 301 second", "event_id = 'e6'"),
        {"event_id": "e6"},
    ),
    (
        "events",
        "reconciliation.door_has_valid_rows",
        _set("reconciliation", "valid_rows = 0", "door = 'units'"),
        {"door": "units"},
    ),
    (
        "events",
        "reconciliation.raw_is_the_sum_of_its_parts",
        _set("reconciliation", "valid_rows = 9", "load_id = 'l2'"),
        {"load_id": "l2", "raw_rows": 10, "accounted_rows": 9},
    ),
    (
        "events",
        "reconciliation.quarantine_rate",
        _set("reconciliation", "quarantined_rows = 6, valid_rows = 90", "load_id = 'l1'"),
        {"quarantined_rows": 6, "raw_rows": 110},
    ),
    (
        "events",
        "reconciliation.load_quarantine_rate",
        _set("reconciliation", "quarantined_rows = 6, valid_rows = 4", "load_id = 'l2'"),
        {"load_id": "l2", "door": "units"},
    ),
]
UNIT_2 = {"experiment_id": "x1", "unit_type": "user", "unit_id": "u2"}
EXPOSURES: list[Fault] = [
    ("exposures", "exposures.grain.unique", _set("exposures", "unit_id = 'u2'", "unit_id = 'u3'"), UNIT_2),
    *(
        (
            "exposures",
            f"exposures.{column}.not_null",
            _set("exposures", f"{column} = null", "unit_id = 'u2'"),
            row,
        )
        for column, row in {
            "experiment_id": {"experiment_id": None, "unit_id": "u2"},
            "unit_type": {"unit_type": None, "unit_id": "u2"},
            "variant_id": UNIT_2,
            "source_door": UNIT_2,
            "variants_seen": UNIT_2,
        }.items()
    ),
    (
        "exposures",
        "exposures.unit_id.not_null",
        _set("exposures", "unit_id = null", "unit_id = 'u2'"),
        {"unit_id": None},
    ),
    (
        "exposures",
        "exposures.exposed_at.known",
        _set("exposures", "exposed_at = null", "unit_id = 'u2'"),
        UNIT_2,
    ),
    (
        "exposures",
        "exposures.variants_seen.at_least_one",
        _set("exposures", "variants_seen = 0", "unit_id = 'u2'"),
        UNIT_2,
    ),
    (
        "exposures",
        "exposures.is_contaminated.iff_many_variants",
        _set("exposures", "is_contaminated = true", "unit_id = 'u2'"),
        UNIT_2,
    ),
    (
        "exposures",
        "exposures.contamination_rate",
        _set("exposures", "is_contaminated = true", "unit_id in ('u2', 'u3', 'u4')"),
        {"experiment_id": "x1", "contaminated_units": 4, "units": 10},
    ),
    (
        "exposures",
        "unit_metrics.exposure_before_conversion",
        _set("unit_metrics", "first_counted_at = timestamp '2023-12-31'", "unit_id = 'u2'"),
        {"experiment_id": "x1", "unit_id": "u2", "metric_id": "m1"},
    ),
]
PHONE = {"experiment_id": "x1", "segment_dimension": "device", "segment": "phone", "metric_id": "m1"}
AGGREGATES: list[Fault] = [
    (
        "aggregates",
        "aggregates.grain.unique",
        "insert into aggregates select * from aggregates where segment = 'phone'",
        PHONE,
    ),
    *(
        ("aggregates", f"aggregates.{name}", _set("aggregates", change, "segment = 'phone'"), PHONE)
        for name, change in {
            "units.not_null": "units = null",
            "units.not_negative": "units = -1",
            "successes.within_units": "successes = 61",
            "centred_sum_squares.not_negative": "centred_sum_squares = -.001",
            "basis.not_null": "basis = null",
            "basis.in_set": "basis = 'later'",
        }.items()
    ),
    (
        "aggregates",
        "aggregates.grain.not_null",
        _set("aggregates", "variant_id = null", "segment = 'phone'"),
        PHONE | {"variant_id": None},
    ),
    (
        "aggregates",
        "aggregates.segments_within_whole",
        _set("aggregates", "units = 61", "segment = 'phone'"),
        {"segment_dimension": "device", "segment_units": 101, "whole_units": 100},
    ),
]
COMPARISON = {"experiment_id": "x1", "variant_id": "b2", "baseline_variant_id": "a"}
RESULTS: list[Fault] = [
    (
        "results",
        "intervals.grain.unique",
        _set("intervals", "method = 'exact'", "method = 'wilson'"),
        {"experiment_id": "x1", "method": "exact"},
    ),
    (
        "results",
        "intervals.contains_estimate",
        _set("intervals", "estimate = .16", "method = 'exact'"),
        {"experiment_id": "x1", "method": "exact", "estimate": 0.16},
    ),
    ("results", "comparisons.grain.unique", _set("comparisons", "variant_id = 'b2'", "true"), COMPARISON),
    *(
        ("results", f"comparisons.{name}", _set("comparisons", change, "variant_id = 'b2'"), COMPARISON)
        for name, change in {
            "difference.within_interval": "difference_high = .01",
            "relative_lift.within_interval": "relative_lift_low = .31",
            "p_value.is_probability": "p_value = 1.01",
            "p_bonferroni.is_probability": "p_bonferroni = 1.01",
            "p_holm.is_probability": "p_holm = -.01",
            "p_benjamini_hochberg.is_probability": "p_benjamini_hochberg = 1.01",
            "p_benjamini_yekutieli.is_probability": "p_benjamini_yekutieli = 1.01",
            "probability_better.is_probability": "probability_better = 'nan'",
            "expected_loss.not_negative": "expected_loss = -.001",
            "adjusted_p_not_below_raw": "p_holm = .039",
        }.items()
    ),
    (
        "results",
        "interactions.p_value.is_probability",
        _set("interactions", "p_value = 2", "segment_dimension = 'device'"),
        {"experiment_id": "x1", "segment_dimension": "device", "metric_id": "m1"},
    ),
]
FAULTS = EVENTS + EXPOSURES + AGGREGATES + RESULTS


@pytest.mark.parametrize("suite", SUITES)
def test_good_data_passes(suite: str, validate: Callable[..., pa.Table]) -> None:
    rows = validate(suite).to_pylist()
    assert [row["expectation_id"] for row in rows if not row["success"]] == []
    assert {row["failing_sample"] for row in rows} == {"[]"}
    assert {row["failing_count"] for row in rows} <= {0, None}


@pytest.mark.parametrize("suite", SUITES)
def test_empty_relations_fail_nothing(
    suite: str, session: duckdb.DuckDBPyConnection, validate: Callable[..., pa.Table]
) -> None:
    for key in load_suite(suite).relations:
        session.execute(f"delete from {key}")
    failing = [row["expectation_id"] for row in validate(suite).to_pylist() if not row["success"]]
    assert failing == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[1])
def test_fault_is_caught(
    fault: Fault, session: duckdb.DuckDBPyConnection, validate: Callable[..., pa.Table]
) -> None:
    suite, name, statement, evidence = fault
    session.execute(statement)
    row = next(row for row in validate(suite).to_pylist() if row["expectation_id"] == name)
    assert row["success"] is False
    assert "could not be evaluated" not in row["message"]
    sample = json.loads(row["failing_sample"])
    assert len(sample) == (1 if evidence else 0)
    if evidence:
        assert evidence.items() <= sample[0].items()
        assert row["failing_count"] >= 1


@pytest.mark.parametrize("suite", SUITES)
def test_every_expectation_has_a_fault_of_its_own(suite: str) -> None:
    assert {each.id for each in load_suite(suite).expectations} == {
        name for of, name, *_ in FAULTS if of == suite
    }


@pytest.mark.parametrize(
    ("suite", "statement"),
    [
        ("events", "delete from event_vocabulary; update events set event_name = 'anything'"),
        ("events", "update events set event_time = received_time + interval 300 second"),
        ("events", "insert into reconciliation values ('l3', 'events', 0, 0, 0, 0, 0, 0)"),
        ("exposures", "update unit_metrics set first_counted_at = exposed_at"),
        ("aggregates", "update aggregates set successes = units where kind = 'conversion'"),
        ("aggregates", "delete from aggregates where segment = 'all'"),
        ("results", "update comparisons set p_holm = p_tested - 5e-13"),
        # Planned in one direction: what is corrected is half of the two-sided p.
        ("results", "update comparisons set p_tested = .02, p_holm = .02"),
        ("results", "update intervals set estimate = interval_high + 5e-10"),
        ("results", "update intervals set interval_low = '-inf', interval_high = 'inf'"),
    ],
)
def test_edges_are_allowed(
    suite: str, statement: str, session: duckdb.DuckDBPyConnection, validate: Callable[..., pa.Table]
) -> None:
    session.execute(statement)
    assert [row["expectation_id"] for row in validate(suite).to_pylist() if not row["success"]] == []


@pytest.mark.parametrize(
    ("statement", "failing"),
    [
        ("update aggregates set successes = -1 where segment = 'phone'", "aggregates.successes.within_units"),
        (
            "update aggregates set successes = null where segment = 'phone'",
            "aggregates.successes.within_units",
        ),
        ("update aggregates set units = 99 where segment = 'all'", "aggregates.segments_within_whole"),
    ],
)
def test_other_faults_of_aggregates(
    statement: str, failing: str, session: duckdb.DuckDBPyConnection, validate: Callable[..., pa.Table]
) -> None:
    session.execute(statement)
    rows = validate("aggregates").to_pylist()
    assert [row["expectation_id"] for row in rows if not row["success"]] == [failing]
