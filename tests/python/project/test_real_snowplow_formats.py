"""One and the same Snowplow events from CSV, NDJSON, Parquet and a table: the canonical events are equal."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from harness import Warehouse
from real import map_relation, shared_file

WEB_PAGE = "contexts_com_snowplowanalytics_snowplow_web_page_1_0_0"
CONTEXTS = [
    WEB_PAGE,
    "contexts_nl_basjes_yauaa_context_1_0_0",
    "contexts_com_iab_snowplow_spiders_and_robots_1_0_0",
    "unstruct_event_com_snowplowanalytics_snowplow_consent_preferences_1_0_0",
    "unstruct_event_com_snowplowanalytics_snowplow_cmp_visible_1_0_0",
]

SOUND = {
    "event_id": "e",
    "event_name": "page_view",
    "derived_tstamp": "2021-03-02",
    "collector_tstamp": "2021-03-02",
    "domain_userid": "u",
}
"""The least that an event needs; each line of `BROKEN` spoils one thing."""

BROKEN = {
    "broken_json": '{"event_id": "e"',
    "missing_event_id": json.dumps(SOUND | {"event_id": None}),
    "unparseable_derived_tstamp": json.dumps(SOUND | {"derived_tstamp": "soon"}),
    "broken_unstruct_event": json.dumps(SOUND | {"unstruct_event_com_acme_click_1": "{broken"}),
    "broken_web_page_context": json.dumps(SOUND | {WEB_PAGE.removesuffix("_0_0"): "[broken"}),
    "missing_unit_id": json.dumps(SOUND | {"domain_userid": None}),
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("formats")
    csv = shared_file("trackers/snowplow/web/snowplow_web_events.csv")
    write_typed(csv, folder / "typed.parquet")
    write_lines(csv, folder / "events.ndjson")
    (folder / "broken.ndjson").write_text("\n".join([*BROKEN.values(), json.dumps(SOUND)]))
    warehouse = Warehouse(folder)
    relation = map_relation(warehouse, "atomic_events", f"from read_parquet('{folder / 'typed.parquet'}')")
    variables = {
        "events": "stg_snowplow",
        "snowplow_files": [
            str(csv),
            *map(str, sorted(folder.glob("*.ndjson"))),
            str(folder / "typed.parquet"),
            relation,
        ],
        "definitions": warehouse.define(events=[{"event_name": name} for name in event_names(csv)]),
    }
    build = warehouse.build("--select", "+int_events_checked", variables=variables)
    assert build.success, build.output
    return warehouse


def event_names(csv: Path) -> list[str]:
    return [name for (name,) in duckdb.execute(f"select distinct event_name from '{csv}'").fetchall()]


def write_typed(csv: Path, parquet: Path) -> None:
    """As a warehouse holds them: real timestamps, the web page context a list of structs."""
    duckdb.execute(f"""
        copy (
            select * replace (
                cast(derived_tstamp as timestamp) as derived_tstamp,
                cast(collector_tstamp as timestamptz) as collector_tstamp,
                json_transform({WEB_PAGE}, '[{{"id": "VARCHAR"}}]') as {WEB_PAGE}
            )
            from read_csv('{csv}', header = true, all_varchar = true)
        ) to '{parquet}'
    """)


def write_lines(csv: Path, ndjson: Path) -> None:
    """As Snowplow's SDK writes them: a line an object, no nulls, nested contexts named by major version."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        result = connection.execute(f"from read_csv('{csv}', header = true, all_varchar = true)")
        names = [column[0] for column in result.description]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    with ndjson.open("w") as file:
        for row in rows:
            event: dict[str, Any] = {name: value for name, value in row.items() if value is not None}
            for name in CONTEXTS:
                if name in event:
                    event[name.removesuffix("_0_0")] = json.loads(event.pop(name))
            print(json.dumps(event), file=file)


def events(warehouse: Warehouse, load: str) -> list[tuple[Any, ...]]:
    """The canonical events of one load; properties as an object, since JSON may be spaced differently."""
    rows = warehouse.execute(
        "select event_id, event_name, event_time, received_time, user_id, device_id, tracker_session_id,"
        " properties, defect from input_events where ends_with(load_id, ?) order by all",
        [load],
    )
    return [(*row[:7], json.loads(row[7]), row[8]) for row in rows]


@pytest.mark.parametrize("load", ["typed.parquet", "events.ndjson", "raw.atomic_events"])
def test_every_format_reads_alike(warehouse: Warehouse, load: str) -> None:
    given = events(warehouse, "snowplow_web_events.csv")
    assert len(given) == 160
    assert {row[-1] for row in given} == {None}
    assert events(warehouse, load) == given


def test_properties_come_from_page_device_and_event(warehouse: Warehouse) -> None:
    """A page view's context and source; a self-describing event's own properties beside them."""
    ((page,),) = warehouse.execute(
        "select properties from input_events"
        " where load_id like '%.csv' and event_id = '9f53ce75-cceb-4437-934e-68e1911bc599'"
    )
    found = json.loads(page)
    assert found["page_view_id"] == "ff8cc048-afe8-4913-843d-37de6b7d87d0"
    assert found["page_path"] == "/resources/data-utilization/"
    assert (found["device"], found["country"], found["traffic_source"], found["is_robot"]) == (
        "desktop", "GB", "google-ad", "false",
    )  # fmt: skip
    consent = warehouse.execute("""
        select json_extract_string(properties, 'event_type'), count(*) from input_events
        where load_id like '%.csv' and event_name = 'consent_preferences' group by 1 order by 1
    """)
    assert sum(count for _, count in consent) == 32
    assert {kind for kind, _ in consent} >= {"allow_selected", "deny_all"}


def test_a_row_that_cannot_be_used_says_why(warehouse: Warehouse) -> None:
    rows = warehouse.execute("""
        select coalesce(quarantine_reason, 'valid'), raw_payload from int_events_checked
        where load_id like '%broken.ndjson'
    """)
    # A valid row needs no payload; the event it holds is kept.
    assert dict(rows) == BROKEN | {"valid": None}
