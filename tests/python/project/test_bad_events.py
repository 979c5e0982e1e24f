"""Broken files and broken events: each is named, kept and counted, and the rest goes on."""

import gzip
import json
from pathlib import Path

import duckdb
import pytest
from harness import Build, Warehouse
from tiny import definitions

INJECTION = "'); drop table events; --"
TO_EXPOSURES = ["--select", "+fct_exposures", "+quality_quarantine", "+quality_taxonomy"]
TAXONOMY = [
    {
        "event_name": "shown",
        "property": "depth",
        "type": "integer",
        "minimum": "0",
        "maximum": "100",
        "severity": "quarantine",
    },
    {
        "event_name": "shown",
        "property": "screen",
        "type": "text",
        "accepted": "home|it's",
        "severity": "quarantine",
    },
    {
        "event_name": "shown",
        "property": "experiment",
        "type": "text",
        "is_required": "true",
        "severity": "flag",
    },
]


def line(event_id: object, user: str = "u1", **fields: object) -> bytes:
    """A Segment call that is in order, but for what `fields` says."""
    call = {
        "messageId": event_id,
        "type": "track",
        "event": "shown",
        "userId": user,
        "anonymousId": None,
        "originalTimestamp": "2026-01-02T10:00:00Z",
        "receivedAt": "2026-01-02T10:00:01Z",
        "properties": {"experiment": "e1", "variant": "a"},
    }
    return json.dumps(call | fields).encode()


def shown(**extra: object) -> dict[str, object]:
    return {"experiment": "e1", "variant": "a"} | extra


# What is wrong with each line, by the reason that the quarantine must give.
BROKEN_LINES = [
    ("broken_json", b'{"messageId": "cut off", "type": "tra'),
    ("broken_json", b"[1, 2]"),
    ("broken_json", b'"a text"'),
    ("broken_json", b"null"),
    ("broken_json", b'{"messageId": "raw\x00nul"}'),
    ("invalid_utf8", b'{"messageId": "\xff\xfe"}'),
    ("control_character", line("tail").replace(b"tail", b"ta\x1fil")),
    ("control_character", line("half") + b"\x1f" + line("other half")),
    ("missing_event_id", line(None)),
    ("missing_event_id", line("  ")),
    ("missing_event_name", line("no name", event=None)),
    ("missing_event_time", line("no time", originalTimestamp=None)),
    ("missing_unit_id", line("nobody", userId=None)),
    ("missing_unit_id", line("blank user", userId="", anonymousId=" ")),
    ("unparseable_event_time", line("yesterday", originalTimestamp="yesterday")),
    ("unparseable_event_time", line("boolean time", originalTimestamp=True)),
    ("unparseable_received_time", line("soon", receivedAt="soon")),
    ("before_plausible_date", line("year 1", originalTimestamp="0001-01-01T00:00:00Z")),
    ("before_plausible_date", line("epoch", originalTimestamp="1970-01-01T00:00:00Z")),
    ("event_after_received", line("ahead", originalTimestamp="2026-01-02T10:05:02Z")),
    ("unparseable_event_time", line("infinity", originalTimestamp="infinity")),
    ("received_in_future", line("2126", originalTimestamp="2126-01-02", receivedAt="2126-01-02")),
    ("unparseable_received_time", line("never", receivedAt="infinity")),
    ("unknown_event_name", line("new name", event="never declared")),
    ("payload_too_large", line("10 MB", properties=shown(text="x" * 10_000_000))),
    ("broken_properties", line("a list", properties=[1, 2])),
    ("broken_properties", line("a number", properties=5)),
    ("wrong_property_type", line("deep in words", properties=shown(depth=INJECTION))),
    ("wrong_property_type", line("a list of depths", properties=shown(depth=[1]))),
    ("property_out_of_range", line("too deep", properties=shown(depth="100.0e1"))),
    ("property_value_not_allowed", line("no screen", properties=shown(screen="home|it's"))),
]

# Odd, and in order: none of them may break, run or change anything.
ODD_LINES = {
    INJECTION: line(INJECTION, properties=shown(text=INJECTION, **{INJECTION: 1})),
    "<img src=x onerror=alert(1)>": line("<img src=x onerror=alert(1)>", user="<b>u</b>"),
    "👩‍🚀 “naïve”": line("👩‍🚀 “naïve”", user="👩‍🚀"),
    "an escaped \x00 nul": line("an escaped \x00 nul", properties=shown(text="\x00")),
    "a \\x1f path": line("a \\x1f path", properties=shown(text="C:\\x1f\\")),
    "deep": line("deep", properties=shown(x=0)).replace(b'"x": 0', b'"x": ' + b"[" * 9000 + b"]" * 9000),
    "before a lone CR": line("before a lone CR") + b"\r" + line("after a lone CR"),
    "12345": line(12345),
    "numbers as text": line("numbers as text", properties=shown(depth="1e2", screen="it's")),
    "nothing known": line("nothing known", properties=shown(depth=None, screen="")),
    "no experiment": line("no experiment", properties={INJECTION: None, "depth": 100.0}),
    "at the tolerance": line("at the tolerance", originalTimestamp="2026-01-02T10:05:01Z"),
    "two hours east": line("two hours east", originalTimestamp="2026-01-02T12:00:00+02:00"),
    "no offset": line("no offset", originalTimestamp="2026-01-02 10:00:00"),
}  # fmt: skip


# Rows before the first quote of a file: more than are looked at to guess how it is written.
LATE_ROWS = 25_000

# Ids of types that have none in common, a file each.
OTHER_IDS = {"uuid": "uuid '5c8fbdd1-0000-4000-8000-000000000000'", "number": "42", "decimal": "43.0"}


def write_files(folder: Path) -> None:
    """A landing folder with one of everything."""
    segment, canonical = folder / "segment", folder / "canonical"
    segment.mkdir(parents=True)
    canonical.mkdir()
    lines = [line("good"), *(raw for _, raw in BROKEN_LINES), b"", b" \t", *ODD_LINES.values()]
    (segment / "all.ndjson").write_bytes(b"\n".join(lines))
    (segment / "empty.ndjson").write_bytes(b"")
    (segment / "crlf.ndjson").write_bytes(b"\r\n".join([line("crlf 1"), b"{", line("crlf 2"), b""]))
    (segment / "marked.ndjson").write_bytes(b"\xef\xbb\xbf" + line("after a byte-order mark"))
    (segment / f"day[1]*?{INJECTION}.ndjson").write_bytes(line("in an odd file"))
    (segment / "day1.ndjson").write_bytes(line("in its neighbour"))
    zipped = gzip.compress(b"\n".join(line(f"zipped {n}", user=f"u{n}") for n in range(1000)))
    (segment / "whole.ndjson.gz").write_bytes(zipped)
    (segment / "cut.ndjson.gz").write_bytes(zipped[: len(zipped) // 2])

    (canonical / "notes.txt").write_text("no events here")
    (canonical / "comma.csv").write_bytes(
        b"event_id,event_name,event_time,user_id,properties\n"
        b'c1,shown,2026-01-03T10:00:00,u1,"{""experiment"": ""e1"", ""variant"": ""a""}"\n'
        b"c2,shown\n"
        b"c3,shown,2026-01-03,u1,{},one too many\n"
        b"c4,shown,2026-01-03,u1,no object\n"
        b"c5,sh\xffown,2026-01-03,u1,{}\n"
        b"c6,shown,,u1,{}\n"
    )
    (canonical / "semicolon.csv").write_text(
        "event_id;event_name;event_time;user_id\nc7;shown;2026-01-03T10:00:00-05:30;u1\n"
    )
    (canonical / "late.csv").write_text(
        "event_id,event_name,event_time,user_id,properties\n"
        + "".join(f"l{n},shown,2026-01-03T10:00:00,u1,\n" for n in range(LATE_ROWS))
        + 'late,shown,2026-01-03T10:00:00,"Doe, J.","{""experiment"": ""e1"", ""variant"": ""a""}"\n'
    )
    (canonical / "lines.jsonl").write_text(
        '{"event_id": "n1", "event_name": "shown", "event_time": "2026-01-03T10:00:00Z", "user_id": "u1"}\n'
        '{"event_id": "n2"\n'
        '{"event_id": "n3", "event_name": "shown", "event_time": 1767434400, "user_id": "u1"}\n'
    )
    columns = "'shown' as event_name, 'u' || i as user_id, 'p' || i as event_id"
    with duckdb.connect() as connection:
        for name, more in {
            "good": "timestamp '2026-01-03 10:00:00' as event_time, i as sequence",
            "text": "'2026-01-03T10:00:00+02:00' as event_time, 'third' as sequence",
            "timeless": "i as sequence",
        }.items():
            path = str(canonical / f"{name}.parquet")
            start = {"good": 0, "text": 5000, "timeless": 6000}[name]
            connection.execute(
                f"copy (select {columns}, {more} from range({start}, {start + 1000}) as t(i)) to '{path}'"
            )
        for name, user in OTHER_IDS.items():
            connection.execute(
                f"copy (select '{name}' as event_id, 'shown' as event_name, timestamp '2026-01-03 10:00:00' as event_time,"
                f" {user} as user_id) to '{canonical / name}.parquet'"
            )
    whole = (canonical / "good.parquet").read_bytes()
    (canonical / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    (canonical / "rotten.parquet").write_bytes(whole[:100] + bytes(len(whole) - 1100) + whole[-1000:])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, Build, Path]:
    folder = tmp_path_factory.mktemp("events")
    write_files(folder / "landing")
    warehouse = Warehouse(folder)
    canonical = folder / "landing" / "canonical"
    build = warehouse.build(
        *TO_EXPOSURES,
        variables={
            "definitions": warehouse.define(**definitions(), event_properties=TAXONOMY),
            # The second pattern of files names some of them again.
            "events": ["stg_segment", f"{canonical}/*", f"{canonical}/*.csv"],
            "segment_files": f"{folder}/landing/segment/*",
        },
    )
    return warehouse, build, folder / "landing"


def test_the_build_goes_on(built: tuple[Warehouse, Build, Path]) -> None:
    _, build, _ = built
    assert build.success, build.output
    assert build.statuses["nothing_is_lost"] == "pass"
    assert build.statuses["gate_events"] == "pass"


def test_every_broken_line_is_kept_with_its_reason(built: tuple[Warehouse, Build, Path]) -> None:
    warehouse, _, folder = built
    kept = warehouse.execute(
        "select reason, raw_payload from quality_quarantine"
        " where load_id = ? and record in ('event', 'line')",
        [str(folder / "segment" / "all.ndjson")],
    )
    expected = [(reason, raw.decode("utf-8", "backslashreplace")) for reason, raw in BROKEN_LINES]
    assert sorted(kept) == sorted(expected)


def test_odd_events_are_events(built: tuple[Warehouse, Build, Path]) -> None:
    warehouse, _, folder = built
    found = warehouse.execute(
        "select event_id from int_person_events where load_id = ?", [str(folder / "segment" / "all.ndjson")]
    )
    assert {name for (name,) in found} == {*ODD_LINES, "good", "after a lone CR"}
    ((text, users),) = warehouse.execute(
        "select (select json_extract_string(properties, 'text') from int_person_events where event_id = ?),"
        " (select count(*) from fct_exposures where unit_id in ('👩‍🚀', '<b>u</b>'))",
        [INJECTION],
    )
    assert (text, users) == (INJECTION, 2)


def test_offsets_become_utc(built: tuple[Warehouse, Build, Path]) -> None:
    warehouse, _, _ = built
    times = warehouse.execute(
        "select event_id, cast(event_time as varchar) from int_events_checked"
        " where event_id in ('two hours east', 'no offset', 'c7', 'p5000') order by event_id"
    )
    assert times == [
        ("c7", "2026-01-03 15:30:00"),
        ("no offset", "2026-01-02 10:00:00"),
        ("p5000", "2026-01-03 08:00:00"),
        ("two hours east", "2026-01-02 10:00:00"),
    ]


def test_every_file_is_accounted_for(built: tuple[Warehouse, Build, Path]) -> None:
    warehouse, _, folder = built
    rows = warehouse.execute(
        "select load_id, raw_rows, valid_rows, quarantined_rows, duplicate_rows from quality_reconciliation"
    )
    counted = {Path(load).relative_to(folder).as_posix(): numbers for load, *numbers in rows}
    everything = 1 + len(BROKEN_LINES) + len(ODD_LINES) + 1
    assert counted == {
        "segment/all.ndjson": [everything, everything - len(BROKEN_LINES), len(BROKEN_LINES), 0],
        "segment/empty.ndjson": [0, 0, 0, 0],
        "segment/crlf.ndjson": [3, 2, 1, 0],
        "segment/marked.ndjson": [1, 1, 0, 0],
        f"segment/day[1]*?{INJECTION}.ndjson": [1, 1, 0, 0],
        "segment/day1.ndjson": [1, 1, 0, 0],
        "segment/whole.ndjson.gz": [1000, 1000, 0, 0],
        "canonical/comma.csv": [6, 1, 5, 0],
        "canonical/semicolon.csv": [1, 1, 0, 0],
        "canonical/late.csv": [LATE_ROWS + 1, LATE_ROWS + 1, 0, 0],
        **{f"canonical/{name}.parquet": [1, 1, 0, 0] for name in OTHER_IDS},
        "canonical/lines.jsonl": [3, 1, 2, 0],
        "canonical/good.parquet": [1000, 1000, 0, 0],
        "canonical/text.parquet": [1000, 0, 1000, 0],
        "canonical/timeless.parquet": [1000, 0, 1000, 0],
    }


def test_quotes_that_come_late_and_ids_of_other_types_are_read(built: tuple[Warehouse, Build, Path]) -> None:
    warehouse, _, _ = built
    users = warehouse.execute(
        "select event_id, user_id from int_events_checked where event_id in ('late', 'uuid', 'number', 'decimal')"
    )
    assert dict(users) == {
        "late": "Doe, J.",
        "uuid": "5c8fbdd1-0000-4000-8000-000000000000",
        "number": "42",
        "decimal": "43.0",
    }


def test_reasons_of_other_formats(built: tuple[Warehouse, Build, Path]) -> None:
    warehouse, _, _ = built
    rows = warehouse.execute(
        "select load_id, reason, coalesce(min(row_key), ''), count(*) from quality_quarantine"
        " where contains(load_id, '/canonical/') and record in ('event', 'line') group by all"
    )
    found = {(Path(load).name, reason, key, count) for load, reason, key, count in rows}
    assert found == {
        ("comma.csv", "broken_csv_line", "line 3", 3),  # too short, too long, not UTF-8
        ("comma.csv", "broken_properties", "c4", 1),
        ("comma.csv", "missing_event_time", "c6", 1),
        ("lines.jsonl", "broken_json", "", 1),
        ("lines.jsonl", "unparseable_event_time", "n3", 1),
        ("text.parquet", "unparseable_sequence", "p5000", 1000),
        ("timeless.parquet", "missing_event_time", "p6000", 1000),
    }


def test_what_breaks_the_taxonomy_is_counted_by_property(built: tuple[Warehouse, Build, Path]) -> None:
    warehouse, _, folder = built
    of_file = [str(folder / "segment" / "all.ndjson")]
    found = warehouse.execute(
        "select property, problem, severity, rows_with_problem, example_event_id from quality_taxonomy"
        " where load_id = ? order by all",
        of_file,
    )
    assert found == [
        ("depth", "property_out_of_range", "quarantine", 1, "too deep"),
        ("depth", "wrong_property_type", "quarantine", 2, "a list of depths"),
        ("experiment", "missing_property", "flag", 1, "no experiment"),
        ("screen", "property_value_not_allowed", "quarantine", 1, "no screen"),
    ]
    quarantined = warehouse.execute(
        "select property, count(*) from quality_quarantine"
        " where load_id = ? and property is not null group by 1 order by 1",
        of_file,
    )
    assert quarantined == [("depth", 3), ("screen", 1)]
    # Valid rows of other files, which say nothing of an experiment, are flagged all.
    assert warehouse.execute(
        "select rows_with_problem, rows_of_event, share from quality_taxonomy where load_id = ?",
        [str(folder / "canonical" / "good.parquet")],
    ) == [(1000, 1000, 1.0)]


def test_unreadable_files_are_named_with_the_fix(built: tuple[Warehouse, Build, Path]) -> None:
    warehouse, build, folder = built
    files = dict(warehouse.execute("select path, message from landing_files where status != 'readable'"))
    expected = {
        "segment/empty.ndjson": "the file is empty",
        "segment/cut.ndjson.gz": "export it again",
        "canonical/cut.parquet": "export it again",
        "canonical/rotten.parquet": "export it again",
        "canonical/notes.txt": "unknown file ending",
    }
    assert {Path(path).relative_to(folder).as_posix() for path in files} == set(expected)
    for name, words in expected.items():
        path = str(folder / name)
        assert words in files[path]
        assert f"WARNING {path}: " in build.output
    quarantined = warehouse.execute("select load_id from quality_quarantine where record = 'file'")
    assert {path for (path,) in quarantined} == set(files) - {str(folder / "segment/empty.ndjson")}
    assert build.statuses["landing_files_are_readable"] == "warn"


def test_rejected_lines_are_said_in_the_terminal(built: tuple[Warehouse, Build, Path]) -> None:
    _, build, folder = built
    assert (
        f"WARNING {folder}/canonical/comma.csv: 3 of 6 lines cannot be read (the first is line 3"
        in build.output
    )


def test_a_missing_folder_stops_with_the_variable_to_set(warehouse: Warehouse) -> None:
    build = warehouse.build(
        "--select",
        "landing_files+1",
        variables={
            "events": "stg_segment",
            "segment_files": "nowhere/*.ndjson",
            "units": "nowhere/units.csv",
        },
    )
    assert not build.success
    message = build.messages["landing_folder_has_files"]
    assert "segment: no file matches 'nowhere/*.ndjson'" in message
    assert "set the variable `segment_files` to where it is, or to ''" in message
    assert "set the variable `units`" in message
    assert build.statuses["input_units"] == "skipped"
