"""Files, their shape, and that equal arguments give equal bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from microlift.simulate import DemoSummary, write_demo
from microlift.simulate.vocabulary import KNOWN_EVENTS

SMALL = {"users": 400, "events": 4_000}


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.parametrize("file_format", ["segment", "parquet"])
def test_deterministic_to_the_byte(tmp_path: Path, file_format: str) -> None:
    for name in ("a", "b"):
        write_demo(tmp_path / name, **SMALL, file_format=file_format)  # type: ignore[arg-type]
    write_demo(tmp_path / "other", **SMALL, seed=7, file_format=file_format)  # type: ignore[arg-type]
    first, other = digests(tmp_path / "a"), digests(tmp_path / "other")
    assert first == digests(tmp_path / "b")
    assert first.keys() == other.keys()
    assert sum(first[name] == other[name] for name in first) == 1  # the calendar


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return write_demo(tmp_path_factory.mktemp("clean"), **SMALL, dirt=False)


def lines_of(summary: DemoSummary) -> list[tuple[Path, str]]:
    days = [p for p in summary.files if p.suffix == ".ndjson"]
    return [(p, line) for p in days for line in p.read_text().split("\n")[:-1]]


def test_segment_shape(clean: DemoSummary) -> None:
    found = lines_of(clean)
    assert len({p for p, _ in found}) == 28
    assert len(found) == clean.rows == clean.genuine >= SMALL["events"]
    assert clean.dirt == {}
    kinds = set()
    for path, line in found:
        call = json.loads(line)
        assert list(call) == [
            "messageId",
            "type",
            "event",
            *(["name"] if call["type"] == "page" else []),
            "anonymousId",
            "userId",
            "originalTimestamp",
            "sentAt",
            "receivedAt",
            "timestamp",
            "properties",
            "context",
        ]
        assert call["receivedAt"][:10] == path.stem
        assert call["timestamp"] == call["originalTimestamp"] < call["sentAt"] < call["receivedAt"]
        assert len(call["timestamp"]) == len("2026-01-05T00:00:00.000Z")
        assert set(call["context"]) == {"userAgent", "device", "country", "page", "campaign"}
        assert call["properties"]["visitor_type"] in {"new", "returning"}
        name = call["event"] if call["type"] == "track" else call["name"]
        assert (name == "page_viewed") == (call["type"] == "page")
        assert ("experiment_id" in call["properties"]) == (name == "experiment_viewed")
        assert ("revenue" in call["properties"]) == (name == "order_placed")
        kinds.add(name)
    assert kinds == set(KNOWN_EVENTS)


def test_clean_files_are_in_order_with_unique_messages(clean: DemoSummary) -> None:
    calls = [json.loads(line) for _, line in lines_of(clean)]
    received = [c["receivedAt"] for c in calls]
    assert received == sorted(received)
    assert len({c["messageId"] for c in calls}) == len(calls)


def test_parquet_shape_equals_segment(clean: DemoSummary, tmp_path: Path) -> None:
    summary = write_demo(tmp_path, **SMALL, dirt=False, file_format="parquet")
    events = duckdb.sql(f"select * from '{tmp_path}/events/*.parquet' order by event_id")
    assert dict(zip(events.columns, map(str, events.types), strict=True)) == {
        "event_id": "VARCHAR",
        "event_name": "VARCHAR",
        "event_time": "TIMESTAMP",
        "received_time": "TIMESTAMP",
        "device_id": "VARCHAR",
        "user_id": "VARCHAR",
        "tracker_session_id": "VARCHAR",
        "sequence": "BIGINT",
        "properties": "VARCHAR",
    }
    calls = sorted((json.loads(line) for _, line in lines_of(clean)), key=lambda c: c["messageId"])
    rows = events.fetchall()
    assert len(rows) == summary.rows == len(calls)
    for row, call in zip(rows, calls, strict=True):
        name = call["event"] or call["name"]
        assert row[:2] == (call["messageId"], name)
        assert row[2].isoformat(timespec="milliseconds") + "Z" == call["timestamp"]
        assert row[3].isoformat(timespec="milliseconds") + "Z" == call["receivedAt"]
        assert row[4:7] == (call["anonymousId"], call["userId"], None)
        context = call["context"]
        assert json.loads(row[8]) == {
            "device": context["device"]["type"],
            "country": context["country"],
            "traffic_source": context["campaign"]["source"],
            "user_agent": context["userAgent"],
            "page_path": context["page"]["path"],
            **call["properties"],
        }


def test_several_blocks_reach_the_target_and_replace_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microlift.simulate.write.BLOCK_ROWS", 1_500)
    write_demo(tmp_path, users=1, events=1)
    summary = write_demo(tmp_path, users=401, events=5_001, file_format="parquet")
    parts = [p for p in summary.files if p.suffix == ".parquet"]
    assert len(parts) == 4
    assert not (tmp_path / "segment").exists()
    assert summary.genuine >= 5_001
    query = f"select count(*), count(distinct user_id) from '{tmp_path}/events/*.parquet'"
    [(rows, accounts)] = duckdb.sql(query).fetchall()
    assert rows == summary.rows
    assert 200 < accounts <= 280


def test_side_inputs(clean: DemoSummary) -> None:
    attributes = pd.read_csv(clean.landing / "unit_attributes.csv", parse_dates=["known_at"])
    assert list(attributes) == ["unit_id", "attribute", "value", "known_at"]
    users = {json.loads(line)["userId"] for _, line in lines_of(clean)} - {None}
    assert set(attributes["unit_id"]) == users
    plans = attributes.query("attribute == 'plan'")
    assert set(plans["value"]) == {"free", "pro"}
    start = pd.Timestamp("2026-01-05")
    assert 0.2 < (plans["known_at"] < start).mean() < 0.8
    upgrades = (
        plans[plans.duplicated("unit_id", keep=False)].sort_values("known_at").groupby("unit_id")["value"]
    )
    assert len(upgrades) > 3
    assert (upgrades.agg(list).map(tuple) == ("free", "pro")).all()
    calendar = pd.read_csv(clean.landing / "calendar.csv", parse_dates=["starts_at", "ends_at"])
    assert list(calendar) == ["starts_at", "ends_at", "event_name", "kind"]
    assert set(calendar["kind"]) == {"campaign", "outage", "holiday"}
    assert (calendar["starts_at"] < calendar["ends_at"]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"users": 0}, "users must be at least 1, got 0"),
        ({"events": -5}, "events must be at least 1, got -5"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"file_format": "csv"}, "file_format must be 'segment' or 'parquet', got 'csv'"),
    ],
)
def test_arguments_are_checked(tmp_path: Path, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_demo(tmp_path, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["segment/2026-01-05.ndjson", "events/part-000.parquet", "calendar.csv"])
def test_data_of_another_origin_are_left_alone(tmp_path: Path, name: str) -> None:
    theirs = tmp_path / name
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text("precious")
    with pytest.raises(ValueError, match=r"landing must be a new folder.*of another origin"):
        write_demo(tmp_path, users=1, events=1)
    assert theirs.read_text() == "precious"


def test_one_user_is_enough(tmp_path: Path) -> None:
    summary = write_demo(tmp_path, users=1, events=1)
    assert summary.genuine >= 1
