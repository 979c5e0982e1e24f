"""A critical finding stops what is downstream; a warning stops nothing; both are kept, and said."""

import json

import pytest
from harness import Build, Warehouse
from tiny import definitions


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, Build]:
    """Totals whose segments hold more units than the whole (critical); half are broken (a warning)."""
    warehouse = Warehouse(tmp_path_factory.mktemp("gates"))
    total = {"experiment_id": "e1", "metric_id": "signed_up", "units": "100", "successes": "10"}
    phone = total | {"segment_dimension": "device", "segment": "phone", "units": "80"}
    tablet = phone | {"segment": "tablet", "units": "30"}
    rows = [row | {"variant_id": variant} for row in (total, phone, tablet) for variant in ("a", "b")]
    broken = [total | {"variant_id": f"never declared {n}"} for n in range(len(rows))]
    doors = warehouse.define(totals=[*rows, *broken])
    build = warehouse.build(
        variables={"definitions": warehouse.define(**definitions()), "counts": doors["totals"]},
    )
    return warehouse, build


def test_a_critical_finding_stops_what_is_downstream(built: tuple[Warehouse, Build]) -> None:
    warehouse, build = built
    assert not build.success
    assert build.of("error") == {"gate_aggregates"}
    assert {"calc_intervals", "results_comparisons", "results_health", "results_decisions"} <= build.of(
        "skipped"
    )
    made = warehouse.execute(
        "select table_name from information_schema.tables where table_name like 'results_%'"
    )
    assert made == []


def test_the_terminal_names_the_rows_and_the_fix(built: tuple[Warehouse, Build]) -> None:
    _, build = built
    message = build.messages["gate_aggregates"]
    for words in (
        "Expected the segments of one dimension to hold no more units than the whole experiment.",
        "A unit fell into two segments of one dimension; check that its segments are exclusive.",
        '"experiment_id": "e1", "segment_dimension": "device", "metric_id": "signed_up", "variant_id": "b"',
        '"segment_units": 110, "whole_units": 100',
    ):
        assert words in message
        assert words in build.output


def test_the_findings_are_kept(built: tuple[Warehouse, Build]) -> None:
    warehouse, _ = built
    critical = warehouse.table(
        "select * from quality_validations where not success and severity = 'critical'"
    )
    assert [row["expectation_id"] for row in critical] == ["aggregates.segments_within_whole"]
    assert critical[0]["failing_count"] == 2
    assert {row["variant_id"] for row in json.loads(critical[0]["failing_sample"])} == {"a", "b"}


def test_a_warning_does_not_stop(built: tuple[Warehouse, Build]) -> None:
    warehouse, build = built
    warned = warehouse.execute(
        "select distinct expectation_id from quality_validations where not success and severity = 'warning'"
    )
    assert ("reconciliation.load_quarantine_rate",) in warned
    assert build.statuses["warnings_events"] == "warn"
    assert build.statuses["agg_variant_metrics"] == "success"
    assert (
        "WARNING reconciliation.load_quarantine_rate: Expected the share of quarantined rows" in build.output
    )
    assert '"quarantined_rows": 6' in build.output
