"""Whatever a tracker's files hold, each row is loaded or quarantined with a reason, and the good ones always load."""

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from harness import Warehouse
from tracker_exports import EXPORTS, MAPPINGS, Record, write_csv, write_lines, write_parquet

WRONG: list[Any] = [
    None,
    "",
    "nothing of the kind",
    -1,
    10**30,
    1.5,
    True,
    [],
    [1, [2]],
    {},
    {"a": {"b": [None]}},
]
HOSTILE = [
    "'; drop table events; --", '"', "\\", "{{ var('events') }}", "{% raise %}", "\x00\x01\x1b[31m", "\u2028", "\U0001f600",
    "NaN", "$.a[*]", "/etc/passwd", "a" * 5_000_000,
]  # fmt: skip
RAW = [
    b"{",
    b"[]",
    b'"text"',
    b"null",
    b'{"a": "\xff\xfe"}',
    b'{"a": "\\ud800"}',
    b'{"a": 1, "a": 2}',
    b"\x1f",
    b"nan",
]


# The value alone, without an id, as a sink connector writes it; it comes twice.
VALUE_ALONE = {"name": "sign_up", "at": "2026-01-05T10:01:00Z", "user": "someone"}

# Fields of Snowplow's enriched lines, by their place among 131, and two that hold no JSON.
ENRICHED = {1: "web", 3: "2026-01-05 10:00:01", 15: "someone", 126: "event", 124: "2026-01-05 10:00:00"}
BROKEN_ENRICHED = {"broken_unstruct_event": {58: '{"data": {'}, "broken_web_page_context": {52: "no json"}}


def enriched_line(**fields: str) -> str:
    """A line with these fields, named by `f` and their place."""
    given = {f"f{place}": value for place, value in ENRICHED.items()} | fields
    return "\t".join(given.get(f"f{place}", "") for place in range(131))


# Times in milliseconds, as the vendors' files have them beside tables that have times.
MILLISECONDS = 1_767_607_260_123
IN_MILLISECONDS = {
    "optimizely": {
        "uuid": "o1",
        "timestamp": MILLISECONDS,
        "process_timestamp": str(MILLISECONDS),
        "visitor_id": "v",
        "event_name": "purchase",
    },
    "heap": {"event_id": 1, "user_id": 71, "time": MILLISECONDS, "event_table_name": "sign_up"},
}


# A project's own definitions, so that the seeds' vocabulary does not judge the events.
NOTHING = {"exclusion_id": "x", "property": "x", "operator": "equals", "value": "x", "reason": "bot"}


def broken(record: Record) -> list[Record]:
    """The record without each of its keys, with each value of a wrong kind, and with what nobody knows."""
    records: list[Record] = []
    for key in record:
        records.append({name: value for name, value in record.items() if name != key})
        records.extend(record | {key: value} for value in WRONG)
        if isinstance(record[key], dict):
            records.extend(record | {key: inner} for inner in broken(record[key]))
    records.append(record | {"unknown": {"nested": [{"key": {}}]}, "": "", "a.b": 1, "$": {"$": None}})
    return records


def write(folder: Path, records: list[Record]) -> int:
    """Files of one glob whose schemas differ, in every format. How many rows they hold."""
    record = records[0]
    lines = [json.dumps(each).encode() for each in broken(record)]
    first_text = next(key for key, value in record.items() if isinstance(value, str))
    lines.extend(json.dumps(record | {first_text: text}).encode() for text in HOSTILE)
    lines.extend(RAW)
    folder.mkdir(parents=True)
    (folder / "broken.ndjson").write_bytes(b"\n".join(lines))
    write_lines(folder / "good.jsonl", records)
    rows = len(lines) + len(records)
    # One column less, one of another type, and one that is nested in one file and text in the other.
    for place, other in enumerate(
        (
            {name: value for name, value in record.items() if name != first_text},
            {name: str(value) for name, value in record.items()},
            record | {"unknown": [{"deep": {"deeper": 1}}]},
        )
    ):
        source = folder / f"source{place}.txt"
        write_lines(source, [other])
        write_parquet(source, folder / f"other{place}.parquet")
        write_csv(source, folder / f"other{place}.csv")
        source.unlink()
        rows += 2
    (folder / "cut.parquet").write_bytes((folder / "other0.parquet").read_bytes()[:-50])
    (folder / "empty.ndjson").write_bytes(b"")
    return rows


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, dict[str, int]]:
    folder = tmp_path_factory.mktemp("bad")
    warehouse = Warehouse(folder)
    rows = {tracker: write(folder / tracker, records) for tracker, records in EXPORTS.items()}
    write_lines(folder / "more" / "values.ndjson", [VALUE_ALONE, VALUE_ALONE])
    collected = "\n".join(map(json.dumps, EXPORTS["segment"])).encode()
    (folder / "more" / "1767607200000.a1b2.1.gz").write_bytes(gzip.compress(collected))
    for tracker, record in IN_MILLISECONDS.items():
        write_lines(folder / "more" / f"{tracker}.ndjson", [record])
    write_lines(folder / "more" / "typed.txt", [IN_MILLISECONDS["optimizely"]])
    write_parquet(folder / "more" / "typed.txt", folder / "more" / "optimizely.parquet")
    (folder / "more" / "enriched.tsv").write_text(
        "\n".join(
            enriched_line(f6=reason, **{f"f{place}": value for place, value in fields.items()})
            for reason, fields in ({"whole": {}} | BROKEN_ENRICHED).items()
        )
    )
    build = warehouse.build(
        "--select",
        *("+quality_reconciliation", "+quality_quarantine", "nothing_is_lost"),
        variables={
            "events": ["stg_snowplow", "stg_optimizely", *(f"stg_{tracker}" for tracker in EXPORTS)],
            "optimizely_files": f"{folder}/more/optimizely.*",
            "snowplow_files": f"{folder}/more/enriched.tsv",
            **{f"{tracker}_files": f"{folder}/{tracker}/*.*" for tracker in EXPORTS},
            "segment_files": [f"{folder}/segment/*.*", f"{folder}/more/*.1.gz"],
            "heap_files": [f"{folder}/heap/*.*", f"{folder}/more/heap.ndjson"],
            "kafka_files": [f"{folder}/kafka/*.*", f"{folder}/more/values.ndjson"],
            **MAPPINGS,
            "definitions": warehouse.define(exclusions=[NOTHING]),
        },
    )
    assert build.success, build.output[-4000:]
    return warehouse, rows


@pytest.mark.parametrize("tracker", EXPORTS)
def test_every_row_is_accounted_for(built: tuple[Warehouse, dict[str, int]], tracker: str) -> None:
    warehouse, rows = built
    (total,) = warehouse.table(f"""
        select sum(raw_rows) as raw,
            sum(valid_rows + quarantined_rows + excluded_rows + conflicting_rows + duplicate_rows) as judged
        from quality_reconciliation where door = 'events' and load_id like '%/{tracker}/%'
    """)
    # A file that cannot be read is one more row of the quarantine.
    assert total["raw"] == total["judged"]
    assert rows[tracker] <= total["raw"] <= rows[tracker] + 1


@pytest.mark.parametrize("tracker", EXPORTS)
def test_good_rows_load_whatever_lies_beside_them(
    built: tuple[Warehouse, dict[str, int]], tracker: str
) -> None:
    warehouse, _ = built
    found = warehouse.execute(f"select defect from input_events where load_id like '%/{tracker}/good.jsonl'")
    assert found == [(None,)] * len(EXPORTS[tracker])


@pytest.mark.parametrize("tracker", EXPORTS)
def test_what_is_not_loaded_has_a_reason(built: tuple[Warehouse, dict[str, int]], tracker: str) -> None:
    warehouse, _ = built
    reasons = warehouse.execute(
        f"select distinct reason from quality_quarantine where load_id like '%/{tracker}/%'"
    )
    assert None not in {reason for (reason,) in reasons}
    assert {"broken_json", "invalid_utf8"} <= {reason for (reason,) in reasons}


def test_a_kafka_value_without_id_or_position_is_told_by_what_it_says(
    built: tuple[Warehouse, dict[str, int]],
) -> None:
    warehouse, _ = built
    (load,) = warehouse.table("from quality_reconciliation where load_id like '%/more/values.ndjson'")
    assert (load["raw_rows"], load["valid_rows"], load["duplicate_rows"]) == (2, 1, 1)


def test_snowplow_json_that_cannot_be_read_is_set_aside(built: tuple[Warehouse, dict[str, int]]) -> None:
    warehouse, _ = built
    found = warehouse.execute("select event_id, defect from input_events where load_id like '%/enriched.tsv'")
    assert dict(found) == {"whole": None} | {reason: reason for reason in BROKEN_ENRICHED}


def test_milliseconds_of_files_are_times(built: tuple[Warehouse, dict[str, int]]) -> None:
    warehouse, _ = built
    found = warehouse.execute(
        "select distinct parse_filename(load_id), event_time, defect from input_events"
        " where load_id similar to '.*/more/(optimizely|heap)[.].*' order by all"
    )
    moment = datetime(2026, 1, 5, 10, 1, 0, 123000)
    assert found == [
        (name, moment, None) for name in ("heap.ndjson", "optimizely.ndjson", "optimizely.parquet")
    ]


def test_a_collectors_file_without_an_ending_of_its_own_holds_lines(
    built: tuple[Warehouse, dict[str, int]],
) -> None:
    warehouse, _ = built
    found = warehouse.execute("select defect from input_events where load_id like '%/more/%.1.gz'")
    assert found == [(None,)] * len(EXPORTS["segment"])
