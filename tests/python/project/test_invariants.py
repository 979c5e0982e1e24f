"""Sessions of random streams against brute force; looks against what was known at their time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from compiled import CompiledModels, Row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

START = datetime(2026, 1, 5)
SESSION_GAP = timedelta(minutes=30)

# Names serve the steps as below, so that one event may serve two steps, or none.
STEPS = {"view": {1}, "add": {2}, "pay": {3}, "buy": {2, 3}, "again": {1, 3}, "scroll": set[int]()}

FEW = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True, order=True)
class Event:
    """An event of a stream; they compare in the project's order."""

    time: datetime
    sequence: int
    id: str
    name: str


@st.composite
def streams(draw: st.DrawFn) -> dict[str, list[Event]]:
    """A few persons' events, unordered; few times, so that ties and exact limits are common."""
    drawn = st.tuples(st.integers(0, 9), st.integers(0, 1), st.sampled_from(list(STEPS)))
    persons: dict[str, list[Event]] = {}
    for person in range(draw(st.integers(1, 6))):
        events = draw(st.lists(drawn, min_size=1, max_size=20))
        ids = draw(st.permutations(range(len(events))))
        persons[f"p{person}"] = [
            Event(START + timedelta(minutes=15 * quarter), sequence, f"p{person}-{place:02}", name)
            for place, (quarter, sequence, name) in zip(ids, events, strict=True)
        ]
    return persons


def checked(persons: dict[str, list[Event]]) -> list[Row]:
    """The streams as rows of int_events_checked."""
    return [
        {
            "event_id": event.id,
            "event_name": event.name,
            "event_time": event.time,
            "received_time": event.time,
            "user_id": person,
            "sequence": event.sequence,
            "properties": "{}",
            "load_id": "stream",
        }
        for person, events in persons.items()
        for event in events
    ]


EVENT_SIDE = (
    "int_event_repeats",
    "int_events_kept",
    "int_identity",
    "int_events_valid",
    "int_unit_timelines",
    "int_campaign_changes",
    "int_sessions",
)


def sessions_by_hand(events: Sequence[Event]) -> list[tuple[Any, ...]]:
    ordered = sorted(events)
    sessions = [[ordered[0]]]
    for before, event in pairwise(ordered):
        if event.time - before.time > SESSION_GAP:
            sessions.append([])
        sessions[-1].append(event)
    return [(own[0].time, own[-1].time, len(own), own[0].name, own[-1].name) for own in sessions]


@FEW
@given(persons=streams())
def test_sessions_equal_brute_force(models: CompiledModels, persons: dict[str, list[Event]]) -> None:
    models.fill(int_repeated_ids=[], int_events_checked=checked(persons))
    models.run(*EVENT_SIDE, "int_person_events", "int_session_facts", "fct_sessions")
    found = models.rows(
        "select person_id, started_at, ended_at, events, entry_event_name, exit_event_name from fct_sessions"
    )
    expected = [(person, *session) for person, own in persons.items() for session in sessions_by_hand(own)]
    assert sorted(found) == sorted(expected)
    # Each event is in the one session that spans it.
    assert models.rows(
        "select count(*), count(session_id), count(distinct event_id) from int_person_events"
    ) == [(sum(map(len, persons.values())),) * 3]
    assert models.rows("select sum(events) from fct_sessions") == [(sum(map(len, persons.values())),)]


def test_exclusions_hold_however_their_key_is_written(models: CompiledModels) -> None:
    texts = {
        '{"internal": true}': "internal",
        r'{"int\u0065rnal": true}': "internal",
        '{"a": 1, "internal" : "true", "b": {}}': "internal",
        '{"user_agent": "Googlebot/2.1"}': "bot",
        '{"note": "internal"}': None,
        '{"nested": {"internal": true}}': None,
        "{}": None,
    }
    models.fill(
        int_event_names=[],
        int_event_rules=[],
        input_events=[
            {
                "event_id": text, "event_name": "view", "event_time": START, "received_time": START, "device_id": "d",
                "properties": text, "load_id": "stream",
            }
            for text in texts
        ],
    )  # fmt: skip
    models.connection.execute("create or replace table int_exclusions as from built.microlift.int_exclusions")
    models.run("int_event_store")
    assert dict(models.rows("select event_id, exclusion_reason from int_event_store")) == texts


def test_ids_of_one_hash_are_told_apart(models: CompiledModels) -> None:
    rows = checked({"p": [Event(START, place, f"p-{place % 3}", "view") for place in range(4)]})
    models.fill(int_event_store=rows, int_events_checked=rows)
    one_hash = models.sql["int_repeated_ids"].replace("hash(event_id)", "hash(0)")
    assert one_hash != models.sql["int_repeated_ids"]
    models.connection.execute(f"create or replace table int_repeated_ids as ({one_hash}\n)")
    models.run("int_event_repeats")
    found = models.rows("select event_id, sequence, status from int_event_repeats order by sequence")
    # Both were received at once, so their content says which is the first.
    assert [row[:2] for row in found] == [("p-0", 0), ("p-0", 3)]
    assert {status for _, _, status in found} == {"valid", "conflicting"}


HOUR = timedelta(hours=1)
METRICS: list[Row] = [
    {"metric_id": "converts", "kind": "conversion", "event_name": "buy", "missing_means": "zero"},
    {
        "metric_id": "spends",
        "kind": "sum",
        "event_name": "buy",
        "value_property": "v",
        "missing_means": "zero",
    },
    {
        "metric_id": "if_any",
        "kind": "sum",
        "event_name": "buy",
        "value_property": "v",
        "missing_means": "absent",
    },
    {
        "metric_id": "per_view",
        "kind": "ratio",
        "event_name": "buy",
        "value_property": "v",
        "denominator_event_name": "view",
        "missing_means": "zero",
    },
]
LOOKS = (
    "int_metric_events",
    "int_unit_values",
    "int_unit_metrics",
    "int_metric_constants",
    "int_analysed_units",
    "int_variant_strata",
    "agg_variant_metrics",
    "int_look_changes",
    "agg_variant_metrics_by_look",
)


@st.composite
def arrivals(draw: st.DrawFn) -> list[Row]:
    """Exposures, each received at once, and the events after them, received up to three days late."""
    rows: list[Row] = []
    for unit in range(draw(st.integers(1, 5))):
        exposed_at = START + draw(st.integers(0, 72)) * HOUR
        seen = {"event_name": "seen", "variant": "ab"[unit % 2], "time": exposed_at, "received": exposed_at}
        rows.append(seen | {"person": f"p{unit}", "value": None})
        for name, after, late, value in draw(
            st.lists(
                st.tuples(
                    st.sampled_from(["buy", "view"]),
                    st.integers(0, 30),
                    st.integers(0, 72),
                    st.sampled_from(["1", "2.5", "much", "-0.25"]),
                ),
                max_size=5,
            )
        ):
            time = exposed_at + after * HOUR
            event = {"event_name": name, "time": time, "received": time + late * HOUR, "value": value}
            rows.append(event | {"person": f"p{unit}", "variant": None})
    return rows


def look_tables(models: CompiledModels, arrived: list[Row], as_of: datetime) -> None:
    """Build the aggregates of what had arrived by `as_of`."""
    known = [(place, row) for place, row in enumerate(arrived) if row["received"] <= as_of]
    models.fill(
        int_as_of=[{"as_of": as_of}],
        dim_experiments=[
            {"experiment_id": "e", "unit_type": "user", "look_interval": "daily", "variants": 2}
        ],
        dim_metrics=[metric | {"window_start_seconds": 0, "window_end_seconds": 86400} for metric in METRICS],
        int_experiment_metrics=[
            {"experiment_id": "e", "metric_id": metric["metric_id"]} for metric in METRICS
        ],
        dim_segments=[{"experiment_id": "e", "segment_dimension": "all", "segment": "all"}],
        int_units_checked=[],
        int_count_strata=[],
        int_person_events=[
            {
                "event_id": f"e{place:02}",
                "event_name": row["event_name"],
                "event_time": row["time"],
                "received_time": row["received"],
                "person_id": row["person"],
                "sequence": place,
                "properties": f'{{"v": "{row["value"]}"}}',
            }
            for place, row in known
        ],
        int_exposures=[
            {
                "experiment_id": "e",
                "unit_type": "user",
                "unit_id": row["person"],
                "variant_id": row["variant"],
                "exposed_at": row["time"],
                "exposure_sequence": place,
                "exposure_event_id": f"e{place:02}",
                "received_time": row["received"],
                "source_door": "events",
                "allocation_epoch": 1,
            }
            for place, row in known
            if row["event_name"] == "seen"
        ],
        unit_segments=[
            {
                "experiment_id": "e",
                "unit_id": row["person"],
                "segment_dimension": "all",
                "segment": "all",
                "basis": "at_exposure",
            }
            for _, row in known
            if row["event_name"] == "seen"
        ],
    )
    models.run("int_metric_specs", *LOOKS)


CELL = "metric_id, variant_id, units, successes, value_sum, mean, denominator_sum"


def cells(models: CompiledModels, source: str) -> list[tuple[Any, ...]]:
    """The cells of an aggregate, sorted, with the squares rounded where only they are floating sums."""
    return models.rows(f"select {CELL}, round(centred_sum_squares, 9) from {source} order by 1, 2")


@settings(FEW, max_examples=40)
@given(arrived=arrivals(), day=st.integers(1, 7))
def test_a_look_knows_what_was_known_then(models: CompiledModels, arrived: list[Row], day: int) -> None:
    look_at = START + timedelta(days=day)
    look = f"agg_variant_metrics_by_look where look_at = '{look_at}'"
    look_tables(models, arrived, START + timedelta(days=9))
    seen_later = cells(models, look)
    look_tables(models, arrived, look_at)
    # What arrives afterwards changes no past look, and a look holds just what a build at its time would.
    assert seen_later == cells(models, look) == cells(models, "agg_variant_metrics")
