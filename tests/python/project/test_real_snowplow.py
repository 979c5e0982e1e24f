"""Snowplow's own test events for its web package, against the sessions, page views and users it expects.

The edge case that each event stands for is told in its `user_id`. What differs is written down here, field by
field, and nothing else may differ.
"""

import csv
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from harness import Build, Warehouse
from real import shared_file

WEB = "trackers/snowplow/web"
NO_ROBOTS = {
    "exclusion_id": "robots",
    "property": "is_robot",
    "operator": "equals",
    "value": "true",
    "reason": "bot",
}


def expected(name: str) -> list[dict[str, str]]:
    with shared_file(f"{WEB}/expected/snowplow_web_{name}_expected.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def build(folder: Any, session_source: str) -> Warehouse:
    warehouse = Warehouse(folder)
    variables = {
        "events": "stg_snowplow",
        "snowplow_files": str(shared_file(f"{WEB}/snowplow_web_events.csv")),
        "session_source": session_source,
        "definitions": warehouse.define(exclusions=[NO_ROBOTS]),
    }
    done: Build = warehouse.build(variables=variables)
    assert done.success, done.output
    return warehouse


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Sessions as Snowplow's tracker cut them."""
    return build(tmp_path_factory.mktemp("tracker"), "tracker")


@pytest.fixture(scope="module")
def inactivity(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Sessions cut anew after 30 minutes of inactivity."""
    return build(tmp_path_factory.mktemp("inactivity"), "inactivity")


def sessions(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    return {row["session_id"]: row for row in warehouse.table("from fct_sessions")}


def comparable(row: dict[str, str]) -> dict[str, Any]:
    """An expected session, or user, in the words of `fct_sessions`."""
    words: dict[str, Any] = {
        "started_at": datetime.fromisoformat(row["start_tstamp"]),
        "ended_at": datetime.fromisoformat(row["end_tstamp"]),
        "page_views": int(row["page_views"]),
    }
    if "total_events" in row:
        words |= {
            "events": int(row["total_events"]),
            "device_id": row["domain_userid"] or None,
            "person_id": row["user_id"],
            "country": row["geo_country"],
        }
    else:
        words["sessions"] = int(row["sessions"])
    return words


def differences(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (mine[name], value) for name, value in theirs.items() if mine[name] != value}


def test_every_row_is_accounted_for(tracker: Warehouse) -> None:
    """No row is a defect: lateness, long sessions, NULL ids and stray pings are behaviour like any other.

    Three event ids came twice. The rows differ in derived time and application, so the second is kept as
    conflicting; the first by collector time stands, which is Snowplow's rule too.
    """
    (load,) = tracker.table("from quality_reconciliation where door = 'events'")
    assert load["raw_rows"] == 160
    assert load["valid_rows"] == 157
    assert load["conflicting_rows"] == 3
    rejected = tracker.execute("select row_key, status, reason from quality_quarantine order by row_key")
    assert rejected == [
        (event_id, "conflicting", "same_id_other_payload")
        for event_id in (
            "17e6ae5e-d694-4241-8663-4118e950fc38",
            "1b4b3b57-3cb7-4df2-a7fd-526afa9e3c76",
            "9e983d4a-e07c-4858-8e97-bdb7feb31241",
        )
    ]
    ((kept, events),) = tracker.execute(
        "select max(received_time) filter (where event_id like '9e983d4a%'), count(distinct event_id)"
        " from fct_events"
    )
    assert kept == datetime(2021, 3, 3, 21, 27, 32, 696000)
    assert events == 157


def test_the_expected_sessions(tracker: Warehouse) -> None:
    mine = sessions(tracker)
    found = {}
    for row in expected("sessions"):
        assert row["domain_sessionid"] in mine
        different = differences(mine[row["domain_sessionid"]], comparable(row))
        if different:
            found[row["user_id"], row["start_tstamp"]] = different

    at = datetime.fromisoformat
    # Snowplow drops what comes over three days after a session began; microlift keeps the session whole.
    long_sessions = {
        ("Unexpired session", "2020-07-03 15:55:18.542"): {
            "ended_at": (at("2021-03-04 15:55:27.085"), at("2020-07-03 15:55:18.542")),
            "page_views": (2, 1),
            "events": (2, 1),
        },
        ("long session", "2021-03-01 21:39:43.815"): {
            "ended_at": (at("2021-03-11 21:42:15.543"), at("2021-03-03 21:39:50.989")),
            "page_views": (4, 2),
            "events": (11, 3),
        },
    }
    # Snowplow counts distinct pages by their id; microlift counts page_view events, and one id has two.
    repeated_page = {
        ("dupe: page_view_id different derived_tstamp", "2021-03-02 19:25:22.488"): {"page_views": (8, 7)}
    }
    # A session of one ping: Snowplow dates it a heartbeat (5 s) back and counts the page that it pings.
    pings = {
        (user, start): {"started_at": (at(start) + timedelta(seconds=5), at(start)), "page_views": (0, 1)}
        for user, start in [
            ("No edge cases", "2021-03-02 22:59:24.752"),
            ("No edge cases", "2021-03-04 22:59:24.752"),
            ("stray page ping", "2021-03-03 18:01:33.658"),
        ]
    }
    assert found == long_sessions | repeated_page | pings
    assert len(expected("sessions")) == 18


def test_sessions_that_snowplow_leaves_out(tracker: Warehouse) -> None:
    """28 sessions more, each for one of three reasons; one event without a session id is in none."""
    theirs = {row["domain_sessionid"] for row in expected("sessions")}
    more = {key for key in sessions(tracker) if key not in theirs}
    pages = """
        select session_id, min(user_id) as label,
            count(*) filter (where event_name in ('page_view', 'page_ping')) as pages,
            count(json_extract_string(properties, 'page_view_id')) filter (where event_name = 'page_view')
                as page_ids,
            max(received_time - event_time) > interval 3 day as is_late
        from fct_events where session_id is not null group by session_id
    """
    reasons = Counter(
        "no page view or ping" if row["pages"] == 0
        else "its page has no id" if row["page_ids"] == 0
        else "sent over three days late" if row["is_late"]
        else row["label"]
        for row in tracker.table(pages) if row["session_id"] in more
    )  # fmt: skip
    assert reasons == {"no page view or ping": 26, "its page has no id": 1, "sent over three days late": 1}
    assert tracker.execute("select user_id, person_id from fct_events where session_id is null") == [
        ("NULL domain_sessionid", "NULL domain_sessionid")
    ]


def test_the_expected_page_views(tracker: Warehouse) -> None:
    """The same 43 page views under Snowplow's limits: three days for a session, and three to be sent."""
    mine = tracker.execute("""
        select distinct json_extract_string(e.properties, 'page_view_id')
        from fct_events as e
        inner join fct_sessions as s on s.session_id = e.session_id
        where e.event_name = 'page_view' and e.event_time <= s.started_at + interval 3 day
            and e.received_time - e.event_time <= interval 3 day
            and json_extract_string(e.properties, 'page_view_id') is not null
    """)
    theirs = {(row["page_view_id"],) for row in expected("page_views")}
    assert len(theirs) == 43
    assert set(mine) == theirs


def test_the_expected_users(tracker: Warehouse) -> None:
    """A user of Snowplow's is a browser (`domain_userid`); users differ as their sessions do."""
    mine: dict[str | None, list[dict[str, Any]]] = {}
    theirs = {row["domain_sessionid"] for row in expected("sessions")}
    for key, row in sessions(tracker).items():
        if key in theirs:
            mine.setdefault(row["device_id"], []).append(row)
    # The session without a browser id is no user to Snowplow.
    assert [row["person_id"] for row in mine.pop(None)] == ["NULL domain_userid"]
    users = {
        device: {
            "started_at": min(row["started_at"] for row in rows),
            "ended_at": max(row["ended_at"] for row in rows),
            "page_views": sum(row["page_views"] for row in rows),
            "sessions": len(rows),
        }
        for device, rows in mine.items()
    }
    assert len(users) == len(expected("users")) == 11
    assert users.keys() == {row["domain_userid"] for row in expected("users")}
    found = {
        row["user_id"]: different
        for row in expected("users")
        if (different := differences(users[row["domain_userid"]], comparable(row)))
    }
    at = datetime.fromisoformat
    assert found == {
        "Unexpired session": {
            "ended_at": (at("2021-03-04 15:55:27.085"), at("2020-07-03 15:55:18.542")),
            "page_views": (2, 1),
        },
        "long session": {
            "ended_at": (at("2021-03-11 21:42:15.543"), at("2021-03-03 21:39:50.989")),
            "page_views": (4, 2),
        },
        "dupe: page_view_id different derived_tstamp": {"page_views": (8, 7)},
        "No edge cases": {"page_views": (4, 6)},
        "stray page ping": {"page_views": (1, 2)},
    }


def test_sessions_cut_by_inactivity(tracker: Warehouse, inactivity: Warehouse) -> None:
    """By inactivity a session is of one person and has no gap over 30 minutes, whatever the tracker said."""
    by_person = "select split_part(person_id, ' - ', 1), count(*) from fct_sessions group by all"
    before, after = dict(tracker.execute(by_person)), dict(inactivity.execute(by_person))
    changed = {
        person: (before.get(person, 0), after.get(person, 0))
        for person in before.keys() | after.keys()
        if before.get(person, 0) != after.get(person, 0)
    }
    assert changed == {
        # Gaps of a day and more inside one session of the tracker's.
        "long session": (1, 11),
        "Unexpired session": (1, 2),
        "Rotating domain_userid per session": (1, 3),
        # Two sessions of the tracker's at the same time.
        "Multiple first sessions per user": (2, 1),
        "Multiple last sessions per user": (2, 1),
        # No session id at all.
        "NULL domain_sessionid": (0, 1),
        # Ten signed-in users on one browser are ten persons.
        "user stitch": (2, 10),
        # One user on 26 browsers is one person: five minutes on the first day, and once five days later.
        "consent_accel": (26, 2),
    }
    assert sum(before.values()) == 46
    assert sum(after.values()) == 42

    wrong = inactivity.execute("""
        with ordered as (
            select *, lag(event_time) over by_person as previous_time,
                lag(session_id) over by_person as previous_session
            from fct_events
            window by_person as (partition by person_id order by event_time, sequence, event_id)
        )
        select * from ordered
        where session_id is null
            or (event_time - previous_time > interval 30 minute) != (session_id != previous_session)
    """)
    assert wrong == []
