"""Tracker exports, from a raw file or table to the exposure of a person: each format, each tracker, one story."""

import json
from datetime import datetime
from typing import Any

import pytest
from harness import Warehouse
from tracker_exports import (
    EXPERIMENT,
    EXPORTS,
    MAPPINGS,
    VARIANT,
    call_tables,
    typed,
    write_csv,
    write_lines,
    write_parquet,
)

FORMATS = ["ndjson", "parquet", "csv", "table"]

# The rule rows of docs/trackers.md, one experiment a tracker.
RULES: dict[str, dict[str, str]] = {
    "ga4": {
        "event_name": "experience_impression",
        "property": "exp_variant_string",
        "value": f"ML-{EXPERIMENT}-{VARIANT}",
        "variant_id": VARIANT,
    },
    "mixpanel": {
        "event_name": "$experiment_started",
        "property": "Experiment name",
        "value": EXPERIMENT,
        "variant_property": "Variant name",
    },
    "amplitude": {
        "event_name": "[Experiment] Exposure",
        "property": "flag_key",
        "value": EXPERIMENT,
        "variant_property": "variant",
    },
    "segment": {
        "event_name": "Experiment Viewed",
        "property": "experiment_id",
        "value": EXPERIMENT,
        "variant_property": "variation_id",
    },
    "rudderstack": {
        "event_name": "Experiment Viewed",
        "property": "experiment_id",
        "value": EXPERIMENT,
        "variant_property": "variation_id",
    },
    "posthog": {
        "event_name": "$feature_flag_called",
        "property": "feature_flag",
        "value": EXPERIMENT,
        "variant_property": "feature_flag_response",
    },
    "heap": {
        "event_name": "experiment_viewed",
        "property": "experiment",
        "value": EXPERIMENT,
        "variant_property": "variant",
    },
    "gtm": {
        "event_name": "experiment_viewed",
        "property": "experiment",
        "value": EXPERIMENT,
        "variant_property": "variant",
    },
    "generic": {
        "event_name": "experiment_viewed",
        "property": "experiment",
        "value": EXPERIMENT,
        "variant_property": "variant",
    },
    "kafka": {
        "event_name": "experiment_viewed",
        "property": "experiment",
        "value": EXPERIMENT,
        "variant_property": "variant",
    },
    "growthbook": {
        "event_name": "experiment_viewed",
        "property": "experiment_id",
        "value": EXPERIMENT,
        "variant_property": "variation_id",
    },
    "vwo": {
        "event_name": "experiment_viewed",
        "property": "experiment_id",
        "value": EXPERIMENT,
        "variant_property": "variation_id",
    },
}

SHOWN_AT, RECEIVED_AT = datetime(2026, 1, 5, 10), datetime(2026, 1, 5, 10, 0, 2)
SIGNED_UP_AT = datetime(2026, 1, 5, 10, 1)

# Of each tracker: event, session, sequence and a property or two of the exposure, then of what follows.
SHOWN: dict[str, tuple[str, str | None, int | None, dict[str, Any]]] = {
    "ga4": (
        "experience_impression",
        "ga4-device.5",
        200003,
        {"device": "mobile", "user_plan": "pro", "ga_session_id": "5"},
    ),
    "mixpanel": ("$experiment_started", None, None, {"page_path": "/cart", "Variant name": VARIANT}),
    "amplitude": (
        "[Experiment] Exposure",
        "amplitude-device.1767607200000",
        3,
        {"user_plan": "pro", "platform": "Web"},
    ),
    "segment": ("Experiment Viewed", None, None, {"page_path": "/cart"}),
    "rudderstack": ("Experiment Viewed", "rudderstack-device.5", None, {"page_path": "/cart"}),
    "posthog": (
        "$feature_flag_called",
        "posthog-session",
        None,
        {"user_plan": "pro", "device": "mobile", "feature_flag": EXPERIMENT},
    ),
    "heap": ("experiment_viewed", "71.72", None, {"device": "mobile"}),
    "gtm": ("experiment_viewed", "gtm-device.5", 3, {"user_plan": "pro", "page_path": "/cart"}),
    "generic": (
        "experiment_viewed",
        None,
        None,
        {"replay_id": "r9", "replay_url": "https://recordings.example/9", "experiment": EXPERIMENT},
    ),
    "kafka": ("experiment_viewed", None, 17, {"kafka_topic": "events", "experiment": EXPERIMENT}),
    "growthbook": ("experiment_viewed", None, None, {"experiment_id": EXPERIMENT, "browser": "Firefox"}),
    "vwo": ("experiment_viewed", None, None, {"experiment_id": EXPERIMENT, "variation_id": VARIANT}),
}
THEN: dict[str, tuple[str, dict[str, Any]]] = {
    "ga4": ("sign_up", {"value": "1.5"}),
    "mixpanel": ("Sign up", {"value": 1.5}),
    "amplitude": ("Sign up", {"value": 1.5}),
    "segment": ("identify", {"user_plan": "pro"}),
    "rudderstack": ("identify", {"user_plan": "pro"}),
    "posthog": ("$identify", {"user_plan": "pro"}),
    "heap": ("sign_up", {}),
    "gtm": (
        "purchase",
        {"ecommerce_value": 1.5, "ecommerce_currency": "EUR", "ecommerce_items": [{"item_id": "sku"}]},
    ),
    "generic": ("rage_click", {"selector": "#buy"}),
    "kafka": ("sign_up", {"value": 1.5}),
    "growthbook": ("experiment_viewed", {"experiment_id": "another"}),
    "vwo": ("experiment_viewed", {"experiment_id": "another"}),
}
WITHOUT_RECEIPT = ("heap",)


def definitions() -> dict[str, list[dict[str, str]]]:
    return {
        "experiments": [{"experiment_id": tracker, "unit_type": "user"} for tracker in EXPORTS],
        "variants": [
            {"experiment_id": tracker, "variant_id": variant, "is_control": str(variant == "a").lower()}
            for tracker in EXPORTS
            for variant in ("a", VARIANT)
        ],
        "exposure_rules": [
            {"rule_id": tracker, "experiment_id": tracker, "operator": "equals"} | rule
            for tracker, rule in RULES.items()
        ],
        "metrics": [
            {
                "metric_id": "signed_up",
                "kind": "conversion",
                "event_name": "sign_up",
                "window_end_hours": "24",
            }
        ],
        "experiment_metrics": [{"experiment_id": "*", "metric_id": "signed_up", "role": "primary"}],
    }


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Each tracker's export as lines, Parquet, CSV and a table, all at once: the later ones repeat the first."""
    folder = tmp_path_factory.mktemp("trackers")
    warehouse = Warehouse(folder)
    warehouse.execute("create schema if not exists raw")
    variables: dict[str, Any] = {"events": [f"stg_{tracker}" for tracker in EXPORTS], **MAPPINGS}
    for tracker, records in EXPORTS.items():
        lines = folder / tracker / "export.ndjson"
        write_lines(lines, records)
        write_parquet(lines, folder / tracker / "export.parquet")
        write_csv(lines, folder / tracker / "export.csv")
        warehouse.execute(f"create table raw.{tracker} as {typed(lines)}")
        variables[f"{tracker}_files"] = [f"{folder}/{tracker}/export.*", f"raw.{tracker}"]
    for tracker in ("segment", "rudderstack"):
        for table, rows in call_tables(tracker).items():
            write_lines(folder / "rows" / f"{tracker}_{table}.ndjson", rows)
            warehouse.execute(
                f"create schema if not exists {tracker}_site; create table {tracker}_site.{table} as "
                + typed(folder / "rows" / f"{tracker}_{table}.ndjson")
            )
            variables[f"{tracker}_files"].append(f"{tracker}_site.{table}")
    variables["definitions"] = warehouse.define(**definitions())
    build = warehouse.build("--select", "+fct_exposures", "+quality_reconciliation", variables=variables)
    assert build.success, build.output[-4000:]
    return warehouse


def canonical(warehouse: Warehouse, tracker: str, source: str) -> list[dict[str, Any]]:
    """The events of one load of a tracker in order of time, properties as an object."""
    load = f"raw.{tracker}/%" if source == "table" else f"%/{tracker}/export.{source}"
    return story(warehouse, f"load_id like '{load}'")


def story(warehouse: Warehouse, condition: str) -> list[dict[str, Any]]:
    rows = warehouse.table(
        f"select * exclude (load_id, raw_payload) from input_events where {condition} order by event_time"
    )
    return [row | {"properties": json.loads(row["properties"])} for row in rows]


@pytest.mark.parametrize("tracker", EXPORTS)
def test_the_story_in_canonical_events(warehouse: Warehouse, tracker: str) -> None:
    shown, then = canonical(warehouse, tracker, "ndjson")
    device = "71" if tracker == "heap" else f"{tracker}-device"
    name, session, sequence, properties = SHOWN[tracker]
    assert shown["defect"] is None
    assert shown["event_name"] == name
    assert shown["event_time"] == SHOWN_AT
    assert shown["received_time"] == (None if tracker in WITHOUT_RECEIPT else RECEIVED_AT)
    assert (shown["user_id"], shown["device_id"]) == (None, device)
    assert (shown["tracker_session_id"], shown["sequence"]) == (session, sequence)
    assert properties.items() <= shown["properties"].items()

    name, properties = THEN[tracker]
    assert then["defect"] is None
    assert (then["event_name"], then["event_time"]) == (name, SIGNED_UP_AT)
    assert (then["user_id"], then["device_id"]) == (f"{tracker}-user", device)
    assert properties.items() <= then["properties"].items()
    assert shown["event_id"] != then["event_id"]


@pytest.mark.parametrize("tracker", EXPORTS)
def test_who_it_was_is_no_property(warehouse: Warehouse, tracker: str) -> None:
    for event in canonical(warehouse, tracker, "ndjson"):
        told = {event["user_id"], event["device_id"]} - {None}
        assert not told & {str(value) for value in event["properties"].values()}


@pytest.mark.parametrize("source", FORMATS[1:])
@pytest.mark.parametrize("tracker", EXPORTS)
def test_every_format_reads_alike(warehouse: Warehouse, tracker: str, source: str) -> None:
    assert canonical(warehouse, tracker, source) == canonical(warehouse, tracker, "ndjson")


@pytest.mark.parametrize("tracker", ["segment", "rudderstack"])
def test_warehouse_tables_hold_the_same_calls(warehouse: Warehouse, tracker: str) -> None:
    assert story(warehouse, f"load_id like '{tracker}_site.%'") == canonical(warehouse, tracker, "ndjson")


def test_each_row_is_a_repeat_of_the_first_and_nothing_is_lost(warehouse: Warehouse) -> None:
    (total,) = warehouse.table("""
        select sum(raw_rows) as raw, sum(valid_rows) as valid, sum(duplicate_rows) as duplicates,
            count(*) filter (where raw_rows != valid_rows + duplicate_rows) as others
        from quality_reconciliation where door = 'events'
    """)
    rows = 2 * len(EXPORTS)
    assert total == {"raw": 4 * rows + 4, "valid": rows, "duplicates": 3 * rows + 4, "others": 0}


@pytest.mark.parametrize("tracker", EXPORTS)
def test_the_exposure_is_of_the_person_that_the_visitor_turned_out_to_be(
    warehouse: Warehouse, tracker: str
) -> None:
    # Rules that read alike hold for the events of the other trackers, too.
    (exposure,) = warehouse.table(
        f"from fct_exposures where experiment_id = '{tracker}' and unit_id = '{tracker}-user'"
    )
    assert exposure["variant_id"] == VARIANT
    assert exposure["exposed_at"] == SHOWN_AT
