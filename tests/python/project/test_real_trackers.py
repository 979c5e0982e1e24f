"""Real exports of GA4, Mixpanel, Amplitude and Snowplow's pipeline: what each row says comes out in canonical columns."""

import json
import shutil
from datetime import datetime
from typing import Any

import pytest
from harness import Warehouse
from real import shared_file

NOTHING = {"exclusion_id": "x", "property": "x", "operator": "equals", "value": "x", "reason": "bot"}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("trackers")
    enriched = shared_file("trackers/snowplow/enriched_event.tsv")
    # A line with a field too few, beside it.
    cut = enriched.read_text().rstrip("\n").rsplit("\t", 1)[0]
    (folder / "enriched").mkdir()
    shutil.copy(enriched, folder / "enriched" / "good.tsv")
    (folder / "enriched" / "cut.tsv").write_text(cut + "\n")
    warehouse = Warehouse(folder)
    build = warehouse.build(
        "--select",
        *("+quality_reconciliation", "+quality_quarantine", "+fct_sessions", "nothing_is_lost"),
        variables={
            "events": ["stg_ga4", "stg_mixpanel", "stg_amplitude", "stg_snowplow"],
            "ga4_files": str(shared_file("trackers/ga4/google_store_event_20210128.ndjson").parent / "*.*"),
            "mixpanel_files": str(shared_file("trackers/mixpanel/airbyte_export_fixture.ndjson")),
            "amplitude_files": str(shared_file("trackers/amplitude/export_event_redacted.ndjson")),
            "snowplow_files": f"{folder}/enriched/*.tsv",
            "definitions": warehouse.define(exclusions=[NOTHING]),
        },
    )
    assert build.success, build.output[-4000:]
    return warehouse


def event(warehouse: Warehouse, condition: str) -> dict[str, Any]:
    (row,) = warehouse.table(f"select * from input_events where {condition}")
    return row | {"properties": json.loads(row["properties"] or "{}")}


def test_ga4_parameters_are_properties(warehouse: Warehouse) -> None:
    row = event(warehouse, "load_id like '%google_store%'")
    raw = json.loads(shared_file("trackers/ga4/google_store_event_20210128.ndjson").read_text())
    params = {each["key"]: next(iter(each["value"].values()), None) for each in raw["event_params"]}
    assert (row["event_name"], row["device_id"], row["defect"]) == ("page_view", raw["user_pseudo_id"], None)
    assert row["event_time"] == datetime(2021, 1, 28, 1, 40, 22, 695757)
    assert row["tracker_session_id"] == f"{raw['user_pseudo_id']}.{params['ga_session_id']}"
    assert {key: str(value) for key, value in params.items() if value is not None}.items() <= {
        key: str(value) for key, value in row["properties"].items()
    }.items()
    assert row["properties"]["country"] == raw["geo"]["country"]
    assert row["properties"]["page_path"] == "/payment.html"


def test_ga4_rows_without_a_time_are_set_aside(warehouse: Warehouse) -> None:
    """The sample of four columns has a date and no time of day: no order can be made of it."""
    reasons = warehouse.execute(
        "select reason, count(*) from quality_quarantine where load_id like '%4cols.csv' group by reason"
    )
    assert reasons == [("missing_event_time", 100)]


def test_mixpanel(warehouse: Warehouse) -> None:
    row = event(warehouse, "load_id like '%airbyte%'")
    assert row["event_id"] == "c5eed127-c747-59c8-a5ed-d766f48e39a4"
    assert (row["event_name"], row["defect"]) == ("Viewed E-commerce Page", None)
    assert row["event_time"] == datetime(2021, 6, 16, 16, 28)
    assert row["received_time"] == datetime(2021, 6, 16, 23, 28, 3, 321000)
    assert row["properties"]["page_path"] == "/solutions/e-commerce/"


def test_amplitude(warehouse: Warehouse) -> None:
    row = event(warehouse, "load_id like '%export_event_redacted%'")
    raw = json.loads(shared_file("trackers/amplitude/export_event_redacted.ndjson").read_text())
    assert (row["event_id"], row["event_name"], row["defect"]) == (raw["uuid"], raw["event_type"], None)
    assert row["event_time"] == datetime.fromisoformat(raw["event_time"])
    assert row["received_time"] == datetime.fromisoformat(raw["server_upload_time"])
    assert (row["device_id"], row["sequence"]) == (raw["device_id"], raw["event_id"])
    assert row["properties"]["country"] == raw["country"]


def test_snowplow_enriched_lines_mean_what_its_sdk_says(warehouse: Warehouse) -> None:
    expected = json.loads(shared_file("trackers/snowplow/enriched_event_expected.json").read_text())
    (row,) = warehouse.table("select * from stg_snowplow_rows where load_id like '%good.tsv'")
    for name in set(row) & set(expected):
        if name.endswith("_tstamp"):
            assert row[name].isoformat()[:19] == expected[name][:19], name
        else:
            assert str(row[name]) == str(expected[name]), name
    unstruct = next(value for key, value in expected.items() if key.startswith("unstruct_event_"))
    assert json.loads(row["unstruct_event"]) == unstruct
    assert row["defect"] is None


def test_a_snowplow_line_of_another_length_is_set_aside(warehouse: Warehouse) -> None:
    ((reason, payload),) = warehouse.execute(
        "select reason, raw_payload from quality_quarantine where load_id like '%cut.tsv'"
    )
    assert reason == "wrong_field_count"
    assert payload.startswith("angry-birds\tweb\t")
