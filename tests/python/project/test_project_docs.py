"""What a reader relies on: every relation and column is described, and the SQL passes its unit tests."""

import json
from typing import Any

import pytest
from dbt_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
from dbt_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator
from harness import ROOT, Warehouse
from semantics import Semantics

SEGMENT_CALL = {
    "messageId": "e1",
    "type": "page",
    "anonymousId": "d1",
    "originalTimestamp": "2026-01-05T10:00:00Z",
    "receivedAt": "2026-01-05T10:00:01Z",
}
SNOWPLOW_ROW = {
    "event_id": "e2",
    "event_name": "page_viewed",
    "derived_tstamp": "2026-01-05 10:00:00",
    "collector_tstamp": "2026-01-05 10:00:01",
    "domain_userid": "d2",
}

# A model is one idea: rarely over 100 lines, and never much.
USUAL_SQL_LINES, MAX_SQL_LINES = 100, 120


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Every model and seed, built on one event of each tracker."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "segment.ndjson").write_text(json.dumps(SEGMENT_CALL))
    (folder / "snowplow.ndjson").write_text(json.dumps(SNOWPLOW_ROW))
    warehouse = Warehouse(folder)
    build = warehouse.build(
        variables={
            "events": ["stg_segment", "stg_snowplow"],
            "segment_files": str(folder / "segment.ndjson"),
            "snowplow_files": str(folder / "snowplow.ndjson"),
        }
    )
    assert build.success, build.output[-3000:]
    return warehouse


@pytest.fixture(scope="module")
def manifest(warehouse: Warehouse) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((warehouse.folder / "target" / "manifest.json").read_text())
    return manifest


def relations(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The project's models and seeds."""
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    assert len(nodes) > 80
    return nodes


def test_every_relation_is_described_and_every_model_states_its_grain(manifest: dict[str, Any]) -> None:
    silent = [node["name"] for node in relations(manifest) if not node["description"].strip()]
    grainless = [
        node["name"]
        for node in relations(manifest)
        if node["resource_type"] == "model" and "Grain: " not in node["description"]
    ]
    assert (silent, grainless) == ([], [])


def test_the_columns_described_are_the_columns_built(warehouse: Warehouse, manifest: dict[str, Any]) -> None:
    rows = warehouse.execute(
        "select table_name, list(column_name) from information_schema.columns "
        "where table_schema = 'microlift' group by table_name"
    )
    built = {name: set(columns) for name, columns in rows}
    wrong = {}
    for node in relations(manifest):
        described = {name for name, column in node["columns"].items() if column["description"].strip()}
        if difference := built[node["name"]] ^ described:
            wrong[node["name"]] = sorted(difference)
    assert wrong == {}


def test_generic_tests_are_described(manifest: dict[str, Any]) -> None:
    own = [
        macro
        for macro in manifest["macros"].values()
        if macro["package_name"] == "microlift" and macro["original_file_path"].startswith("tests")
    ]
    assert own
    assert [macro["name"] for macro in own if not macro["description"].strip()] == []


def test_sql_files_are_short() -> None:
    files = [path for folder in ("models", "macros", "tests") for path in (ROOT / folder).rglob("*.sql")]
    assert len(files) > 80
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    long = {name: lines for name, lines in lengths.items() if lines > USUAL_SQL_LINES}
    assert len(long) <= 0.05 * len(files), long
    assert max(lengths.values()) <= MAX_SQL_LINES, long


def test_the_sql_passes_its_unit_tests(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROLIFT_UNIT_TESTS", "true")
    result = warehouse.build("--select", "test_type:unit", command="test")
    assert result.success, result.output[-5000:]
    manifest = json.loads((warehouse.folder / "target" / "manifest.json").read_text())
    declared = {test["name"] for test in manifest["unit_tests"].values()}
    assert declared
    assert result.of("pass") >= declared


def test_a_build_leaves_the_unit_tests_out(manifest: dict[str, Any]) -> None:
    assert manifest["unit_tests"] == {}


def test_the_semantic_layer_is_valid(warehouse: Warehouse) -> None:
    manifest = Semantics(warehouse).manifest
    found = SemanticManifestValidator[PydanticSemanticManifest]().validate_semantic_manifest(manifest)
    assert (found.errors, found.warnings) == ((), ())
