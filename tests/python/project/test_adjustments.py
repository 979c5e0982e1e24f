"""Adjustment rules on rows made by hand: when they fire, what holds them back, what the log and its violations say."""

import json
import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from compiled import CompiledModels, Row

from microlift.assignment import assign_variant
from microlift.results.rates import build as bound_rates
from microlift.stats.proportions import wilson

BEHAVIOUR = (
    "int_signals", "int_event_repeats", "int_events_kept", "int_identity", "int_events_valid", "int_unit_timelines",
    "int_campaign_changes", "int_sessions", "int_person_events", "int_session_facts", "fct_sessions",
    "int_session_signals", "fct_session_signals", "int_as_of",
)  # fmt: skip
RULES = (
    "dim_metrics", "int_rates", "int_adjustment_conditions", "int_adjustment_rules",
    "int_adjustment_events", "int_adjustment_inputs",
    "int_adjustment_steps", "int_adjustment_moments", "int_rate_sessions", "int_rate_days",
)  # fmt: skip
OUTCOMES = (
    "agg_rates", "fct_adjustment_triggers", "int_adjustment_log", "fct_adjustments", "int_adjustment_arms",
    "quality_adjustment_violations",
)  # fmt: skip

Event = tuple[Any, ...]
SIGNALS = [
    {"signal": "clicks", "kind": "count", "event_name": "clicked"},
    {"signal": "depth", "kind": "max", "event_name": "scrolled", "value_property": "depth"},
]
METRICS = [
    {"metric_id": "bought", "kind": "conversion", "event_name": "bought", "window_end_hours": "1"},
    {"metric_id": "spent", "kind": "sum", "event_name": "bought", "value_property": "price", "property": "paid",
     "operator": "equals", "value": "true", "window_end_hours": "1"},
]  # fmt: skip
LOG = [
    {
        "event_name": "served",
        "rule_property": "rule",
        "content_property": "content",
        "holdout_property": "held",
    }
]


@pytest.fixture
def models(models: CompiledModels) -> CompiledModels:
    return models


def moment(text: str) -> datetime:
    day, _, clock = text.rpartition(" ")
    return datetime.fromisoformat(f"2026-01-{day or '05'} {clock}")


def run(
    models: CompiledModels,
    events: list[Event],
    rules: list[Row],
    conditions: list[tuple[Any, ...]],
    signals: list[Row] = SIGNALS,
    rates: list[Row] | None = None,
) -> None:
    """Build all from events (time, name, properties, person or `p`); conditions are (rule, signal, operator, value)
    or whole rows."""
    rows = [
        dict(zip(("rule_id", "signal", "operator", "value"), condition, strict=True))
        if isinstance(condition, tuple)
        else condition
        for condition in conditions
    ]
    models.fill(
        def_signals=signals, def_metrics=METRICS, def_rates=rates or [], def_adjustment_events=LOG,
        def_adjustment_rules=[{"content_variant": "banner"} | rule for rule in rules],
        def_adjustment_conditions=[{"condition_number": str(n)} | row for n, row in enumerate(rows, start=1)],
        int_repeated_ids=[],
        int_events_checked=[
            {
                "event_id": f"e{place:04}", "event_name": name, "event_time": moment(time), "received_time": moment(time),
                "user_id": rest[0] if rest else "p", "device_id": None, "sequence": 0, "load_id": "stream",
                "properties": json.dumps(properties),
            }
            for place, (time, name, properties, *rest) in enumerate(events)
        ],
        int_units_checked=[], int_counts_checked=[],
    )  # fmt: skip
    models.run(*BEHAVIOUR, *RULES)
    days = models.connection.execute("select * from int_rate_days").df()
    models.connection.register("bounded", bound_rates(days))
    models.connection.execute("create or replace table calc_rates as from bounded")
    models.run(*OUTCOMES)


def fired(models: CompiledModels, rule: str = "r") -> list[str]:
    rows = models.rows(
        f"select triggered_at from fct_adjustment_triggers where rule_id = '{rule}' order by triggered_at"
    )
    return [time.strftime("%H:%M:%S") for (time,) in rows]


SESSION: list[Event] = [
    ("10:00:00", "page_viewed", {}),
    ("10:00:05", "scrolled", {"depth": 30}),
    ("10:00:10", "clicked", {}),
    ("10:00:20", "scrolled", {"depth": 75}),
    ("10:00:30", "scrolled", {"depth": "deep"}),
    ("10:00:40", "clicked", {}),
    ("10:01:00", "scrolled", {"depth": 20}),
    ("10:02:00", "left", {}),
]

MOMENTS: dict[str, tuple[Row, list[tuple[Any, ...]], list[str]]] = {
    "a signal so far": ({}, [("r", "depth", "at_least", "50")], ["10:00:20"]),
    "not what it becomes later": ({}, [("r", "depth", "equals", "30")], ["10:00:05"]),
    "never": ({}, [("r", "depth", "at_least", "76")], []),
    "both, whichever comes last": ({}, [("r", "depth", "at_least", "50"), ("r", "clicks", "at_least", "2")], ["10:00:40"]),
    "both at one time": ({}, [("r", "depth", "at_least", "75"), ("r", "clicks", "at_most", "1")], ["10:00:20"]),
    "one has ceased when the other begins": ({}, [("r", "depth", "at_least", "75"), ("r", "clicks", "at_most", "0")], []),
    "nothing happened yet": ({}, [("r", "clicks", "at_most", "0")], ["10:00:00"]),
    "no click within 10 seconds, and one at the tenth": ({"after_seconds": "10"}, [("r", "clicks", "at_most", "0")], []),
    "no click within 9.5 seconds": ({"after_seconds": "9.5"}, [("r", "clicks", "at_most", "0")], ["10:00:09"]),
    "held when the wait is over": ({"after_seconds": "90"}, [("r", "depth", "at_least", "50")], ["10:01:30"]),
    "the session is over before": ({"after_seconds": "121"}, [("r", "depth", "at_least", "50")], []),
    "between two values": ({}, [("r", "clicks", "at_least", "1"), ("r", "clicks", "at_most", "1")], ["10:00:10"]),
    "before its dates": ({"starts_at": "2026-01-05 10:00:21"}, [("r", "depth", "at_least", "50")], ["10:00:30"]),
    "after its dates": ({"ends_at": "2026-01-05 10:00:20"}, [("r", "depth", "at_least", "50")], []),
    "known at the start": ({}, [("r", "session_number", "equals", "1"), ("r", "device", "equals", "unknown")], ["10:00:00"]),
    "another device": ({}, [("r", "device", "in", "mobile|tablet")], []),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "conditions", "expected"), MOMENTS.values(), ids=MOMENTS)
def test_the_first_moment_at_which_all_conditions_hold(
    models: CompiledModels, rule: Row, conditions: list[tuple[Any, ...]], expected: list[str]
) -> None:
    run(models, SESSION, [{"rule_id": "r", **rule}], conditions)
    assert fired(models) == expected


def test_one_event_may_change_several_conditions(models: CompiledModels) -> None:
    """The third click ends the one and begins the other: they never hold together."""
    events = [(f"10:00:0{second}", "clicked", {"on": on}) for second, on in enumerate("aab")]
    signals = [
        *SIGNALS,
        {"signal": "targets", "kind": "distinct", "event_name": "clicked", "same_property": "on"},
    ]
    run(
        models,
        events,
        [{"rule_id": "r"}],
        [("r", "targets", "at_least", "2"), ("r", "clicks", "at_most", "2")],
        signals,
    )
    assert fired(models) == []
    run(
        models,
        events,
        [{"rule_id": "r"}],
        [("r", "targets", "at_least", "2"), ("r", "clicks", "at_most", "3")],
        signals,
    )
    assert fired(models) == ["10:00:02"]
    assert models.rows("select trigger_values from fct_adjustment_triggers") == [("targets 2, clicks 3",)]


def test_each_session_starts_anew(models: CompiledModels) -> None:
    events = [*SESSION, ("12:00:00", "clicked", {}), ("12:00:01", "scrolled", {"depth": 60})]
    run(models, events, [{"rule_id": "r"}], [("r", "depth", "at_least", "50")])
    assert fired(models) == ["10:00:20", "12:00:01"]


KINDS: dict[str, Row] = {
    "count": {}, "sum": {"value_property": "n"}, "mean": {"value_property": "n"}, "max": {"value_property": "n"},
    "last": {"value_property": "n"}, "distinct": {"same_property": "on"}, "first_delay": {},
    "time_until": {"until_event_name": "b"}, "fastest_rise": {"value_property": "n"},
    "repeats": {"same_property": "on", "at_least": "3", "within_seconds": "4"}, "returns": {"same_property": "on"},
    "without": {"same_property": "on", "until_event_name": "b"},
}  # fmt: skip


def test_a_signal_so_far_is_what_the_session_would_have_had_if_it_had_ended_there(
    models: CompiledModels,
) -> None:
    """Random streams, each with a person for every part of it that begins at its start: what the whole stream's running
    signals say after an event is the finished signal of the part that ends there, for every kind."""
    draw = random.Random(20260105)
    events: list[Event] = []
    for stream in range(40):
        time, rows = moment("10:00:00"), []
        for _ in range(draw.randint(1, 9)):
            time += timedelta(seconds=draw.choice((0, 0.5, 1, 3, 60)))
            properties = {"n": draw.choice((1, 2.5, 7, "x")), "on": draw.choice(("i", "j", None))}
            rows.append((time.strftime("05 %H:%M:%S.%f"), draw.choice("aab"), properties))
        for length in range(1, len(rows) + 1):
            events += [(*row, f"s{stream:02}-{length:02}") for row in rows[:length]]
    signals = [{"signal": kind, "kind": kind, "event_name": "a"} | rest for kind, rest in KINDS.items()]
    run(models, events, [{"rule_id": "r"}], [("r", kind, "is_known", None) for kind in KINDS], signals)
    models.connection.execute("""
        create or replace table so_far as
        select left(s.person_id, 3) as stream, right(s.person_id, 2)::integer as length, c.signal,
            arg_max(s.actual, (s.event_time, s.sequence, s.event_id)) as actual
        from int_adjustment_steps as s
        inner join int_adjustment_conditions as c on c.rule_id = s.rule_id and c.condition_number = s.condition_number
        group by all
    """)
    # At the end of each part: the running value is the finished one.
    different = models.rows("""
        select * from so_far as f
        full outer join (
            select left(person_id, 3) as stream, right(person_id, 2)::integer as length, signal, value from fct_session_signals
            where signal in (select signal from int_signals)
        ) as w on w.stream = f.stream and w.length = f.length and w.signal = f.signal
        where abs(coalesce(f.actual::double, 0) - coalesce(w.value, 0)) > 1e-9
    """)
    assert different == []
    # And a part's course is that of the whole, as far as it goes: nothing later has a say.
    looking_ahead = models.rows("""
        with course as (
            select left(person_id, 3) as stream, right(person_id, 2)::integer as length, condition_number, event_time, actual,
                row_number() over (
                    partition by person_id, condition_number order by event_time, place, sequence, event_id
                ) as step
            from int_adjustment_steps
        )
        select * from course as part
        inner join course as whole
            on whole.stream = part.stream and whole.length > part.length
                and whole.condition_number = part.condition_number and whole.step = part.step
        where whole.actual is distinct from part.actual
    """)
    assert looking_ahead == []
    assert len({row for (row,) in models.rows("select signal from so_far where actual::double > 0")}) == len(
        KINDS
    )


RATES = [
    {
        "rate": "ctr",
        "event_name": "clicked",
        "of_event_name": "shown",
        "by_property": "section",
        "window_days": "2",
    }
]


def visits(day: str, section: str, people: int, clicking: int) -> list[Event]:
    """Sessions of a day in one section, of which some click there."""
    rows: list[Event] = []
    for number in range(people):
        who = f"{day}-{section}-{number}"
        rows.append((f"{day} 09:00:00", "shown", {"section": section}, who))
        if number < clicking:
            rows.append((f"{day} 09:00:05", "clicked", {"section": section}, who))
    return rows


def test_a_rate_is_that_of_the_days_before_in_the_section_of_the_moment(models: CompiledModels) -> None:
    history = [
        *visits("01", "top", 50, 50), *visits("03", "top", 40, 10), *visits("03", "side", 40, 1), *visits("04", "side", 20, 1),
        # Today's own clicks are not known yet; neither are those of the first, beyond the window.
        *visits("05", "side", 30, 30),
    ]  # fmt: skip
    visitor: list[Event] = [
        ("05 10:00:00", "shown", {"section": "top"}),
        ("05 10:00:10", "shown", {}),
        ("05 10:00:20", "shown", {"section": "new"}),
        ("05 10:00:30", "shown", {"section": "side"}),
        ("05 10:00:40", "shown", {"section": "top"}),
    ]
    upper = {"rule_id": "r", "rate": "ctr", "bound": "upper", "confidence": "0.9", "operator": "at_most"}
    high = wilson([2], [60], 0.9).high
    for value, expected in ((high[0] + 1e-9, ["10:00:30"]), (high[0] - 1e-9, [])):
        run(
            models,
            [*history, *visitor],
            [{"rule_id": "r", "starts_at": "2026-01-05 09:30:00"}],
            [upper | {"value": f"{value}"}],
            rates=RATES,
        )
        assert fired(models) == expected
    assert models.rows(
        "select sessions, counted_sessions from agg_rates where section = 'side' and day = '2026-01-05'"
    ) == [(60, 2)]
    # With a signal: held from the click on, and looked at where the visitor is then.
    visitor[4:] = [("05 10:00:35", "clicked", {"section": "side"})]
    lower = {"rule_id": "r", "rate": "ctr", "bound": "lower", "operator": "at_most", "value": "0.03"}
    conditions = [lower, {"rule_id": "r", "signal": "clicks", "operator": "at_least", "value": "1"}]
    run(
        models,
        [*history, *visitor],
        [{"rule_id": "r", "starts_at": "2026-01-05 09:30:00"}],
        conditions,
        rates=RATES,
    )  # type: ignore[list-item]
    assert fired(models) == ["10:00:35"]
    assert models.rows("select trigger_values from fct_adjustment_triggers") == [
        ("clicks 1, ctr of side 2/60",)
    ]


def test_a_rate_without_sections_is_that_of_all(models: CompiledModels) -> None:
    rates = [RATES[0] | {"by_property": None}]
    events = [*visits("04", "top", 10, 5), ("05 10:00:00", "left", {}), ("05 10:00:05", "left", {})]
    condition = {"rule_id": "r", "rate": "ctr", "operator": "equals", "value": "0.5"}
    run(models, events, [{"rule_id": "r", "after_seconds": "3"}], [condition], rates=rates)  # type: ignore[list-item]
    assert fired(models) == ["10:00:03"]


def clicks(*times: str, person: str = "p") -> list[Event]:
    return [(time, "clicked", {}, person) for time in times]


CLICKED = [("r", "clicks", "at_least", "1")]
# Five sessions: three on the first day, 31 minutes and more apart.
DAYS = clicks("05 10:00:00", "05 10:31:00", "05 11:02:00", "06 10:00:00", "07 10:00:00")

PACES: dict[str, tuple[Row, list[str | None]]] = {
    "nothing": ({}, [None] * 5),
    "a cooldown of exactly the time between": ({"cooldown_minutes": "31"}, [None] * 5),
    "a cooldown counts from what was served": ({"cooldown_minutes": "32"}, [None, "cooldown", None, None, None]),
    "caps": ({"unit_cap": "3", "day_cap": "2"}, [None, None, "day_cap", None, "unit_cap"]),
    "a holdout is paced alike": ({"holdout_share": "0.9999999", "unit_cap": "2"}, ["holdout", "holdout", *["unit_cap"] * 3]),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "expected"), PACES.values(), ids=PACES)
def test_what_holds_a_rule_back(models: CompiledModels, rule: Row, expected: list[str | None]) -> None:
    run(models, DAYS, [{"rule_id": "r", **rule}], CLICKED)
    rows = models.rows(
        "select held_back_by, would_be_served from fct_adjustment_triggers order by triggered_at"
    )
    assert rows == [(reason, reason is None) for reason in expected]


def test_of_a_conflict_group_the_first_is_served_and_at_one_moment_the_lowest_priority(
    models: CompiledModels,
) -> None:
    rules = [
        {"rule_id": "a", "conflict_group": "g", "priority": "2"},
        {"rule_id": "b", "conflict_group": "g", "priority": "1"},
        {"rule_id": "c", "conflict_group": "other"},
        {"rule_id": "first", "conflict_group": "g", "priority": "3", "ends_at": "2026-01-05 10:00:01"},
        {"rule_id": "withheld", "conflict_group": "other", "priority": "-1", "holdout_share": "0.9999999"},
    ]
    conditions = [(rule["rule_id"], "clicks", "at_least", "1") for rule in rules]
    conditions[3] = ("first", "clicks", "at_most", "0")
    events = [("10:00:00", "shown", {}), *clicks("10:00:02"), *clicks("06 10:00:00")]
    run(models, events, rules, conditions)
    rows = models.rows(
        "select strftime(triggered_at, '%d'), rule_id, held_back_by from fct_adjustment_triggers order by triggered_at, rule_id"
    )
    # What is withheld conflicts with nothing.
    assert rows == [
        ("05", "first", None), ("05", "a", "conflict"), ("05", "b", "conflict"), ("05", "c", None), ("05", "withheld", "holdout"),
        ("06", "a", "conflict"), ("06", "b", None), ("06", "c", None), ("06", "withheld", "holdout"),
    ]  # fmt: skip


def test_the_holdout_is_that_of_the_assignment_function(models: CompiledModels) -> None:
    people = [f"person {number}" for number in range(400)]
    events = [row for person in people for row in clicks("10:00:00", person=person)]
    run(models, events, [{"rule_id": "r", "holdout_share": "0.25"}], CLICKED)
    held = {unit for (unit,) in models.rows("select unit_id from fct_adjustment_triggers where is_holdout")}
    assert held == {
        person for person in people if assign_variant(person, "r", ["banner"], 0.25) == "holdback"
    }
    assert 60 < len(held) < 140


def served(time: str, rule: str | None = "r", person: str = "p", **properties: Any) -> Event:
    return (time, "served", {"rule": rule, "content": "banner"} | properties, person)


def test_the_log_knows_trigger_and_outcome(models: CompiledModels) -> None:
    rules = [
        {"rule_id": "r", "metric_id": "bought"},
        {"rule_id": "s", "metric_id": "spent"},
        {"rule_id": "no metric"},
    ]
    events = [
        *clicks("10:00:00"), ("10:00:02", "bought", {"price": 9}),
        served("10:00:02"), served("10:00:02", "s"), served("10:00:02", "no metric", held=True),
        ("10:00:02", "bought", {"price": 1.5, "paid": True}), ("10:30:00", "bought", {"price": 2, "paid": "true"}),
        ("10:40:00", "bought", {"price": "dear", "paid": True}), ("11:00:02", "bought", {"price": 4, "paid": True}),
        served("06 10:00:00"), ("06 10:30:00", "left", {}), served("07 10:00:00", "s"),
    ]  # fmt: skip
    run(
        models,
        events,
        rules,
        [*CLICKED, ("s", "depth", "at_least", "1"), ("no metric", "depth", "at_least", "1")],
    )
    rows = models.rows(
        "select rule_id, strftime(served_at, '%d'), is_expected, trigger_values, has_converted, outcome_value, "
        "is_ripe, is_holdout, "
        "strftime(converted_at, '%H:%M:%S') from fct_adjustments order by served_at, sequence, adjustment_id"
    )
    # What came at the serving's own moment counts if it is ordered after it; at the end of the hour it does not.
    assert rows == [
        ("r", "05", True, "clicks 1", True, 3, True, False, "10:00:02"),
        ("s", "05", False, None, True, 3.5, True, False, "10:00:02"),
        ("no metric", "05", False, None, None, None, False, True, None),
        ("r", "06", False, None, False, 0, True, False, None),
        ("s", "07", False, None, False, 0, False, False, None),
    ]


VIOLATIONS: dict[str, tuple[Row, list[Event], list[tuple[str, str]]]] = {
    "none": ({"cooldown_minutes": "5", "session_cap": "2", "day_cap": "2", "unit_cap": "2"},
        [served("10:00:00"), served("10:05:00")], []),
    "cooldown": ({"cooldown_minutes": "5"}, [served("10:00:00"), served("10:04:00"), served("10:09:00")],
                 [("cooldown", "served 4.0 minutes after the last time; the cooldown is 5.0")]),
    "caps": ({"session_cap": "1", "day_cap": "2", "unit_cap": "3"},
             [served("10:00:00"), served("10:00:01"), served("12:00:00"), served("06 10:00:00")],
             [("session_cap", "served for the 2. time to the unit in the session; the cap is 1"),
              ("day_cap", "served for the 3. time to the unit on the day; the cap is 2"),
              ("unit_cap", "served for the 4. time to the unit; the cap is 3")]),
    "each unit has its own": ({"unit_cap": "1", "cooldown_minutes": "60"},
        [served("10:00:00"), served("10:00:01", person="q")], []),
    "dates": ({"starts_at": "2026-01-05 10:00:00", "ends_at": "2026-01-05 11:00:00"},
              [served("09:59:59"), served("10:00:00"), served("11:00:00")],
              [("outside_dates", "served at 2026-01-05 09:59:59; the rule holds from 2026-01-05 10:00:00 to 2026-01-05 11:00:00"),
               ("outside_dates", "served at 2026-01-05 11:00:00; "
                "the rule holds from 2026-01-05 10:00:00 to 2026-01-05 11:00:00")]),
    "content": ({},
        [served("10:00:00", content="popup"), served("10:00:01", content=None),
         served("10:00:02", held=True, content="popup", person="q")],
                [("other_content", "content 'popup'; the rule names 'banner'"),
                 ("other_content", "content ''; the rule names 'banner'")]),
    "unknown rules": ({}, [served("10:00:00", "x'); drop table --"), served("10:00:01", None)],
                      [("unknown_rule", "rule 'x'); drop table --' is not in adjustment_rules"),
                       ("unknown_rule", "rule without a name is not in adjustment_rules")]),
    "holdout": ({},
        [served("10:00:00", held=True), served("10:00:01", held="true"), served("10:00:02", held=False),
         served("10:00:03", person="q"),
                     served("10:00:04", person="q", held=True)],
                [("served_to_holdout", "served to a unit that was first withheld as holdout"),
                 ("withheld_from_served", "withheld as holdout from a unit that was served before")]),
    "withholding breaks no cap": ({"unit_cap": "1", "cooldown_minutes": "60"},
        [served("10:00:00", held=True), served("10:00:01", held=True)], []),
    "conflict": ({"conflict_group": "g"},
        [served("10:00:00"), served("10:00:01", "s"), served("10:00:02"), served("12:00:00", "s")],
                 [("conflict", "served in a session that 'r' of the group 'g' was served in before")]),
    "what was withheld conflicts with nothing": ({"conflict_group": "g"},
        [served("10:00:00", held=True), served("10:00:01", "s")], []),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "events", "expected"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_violations(
    models: CompiledModels, rule: Row, events: list[Event], expected: list[tuple[str, str]]
) -> None:
    rules = [{"rule_id": "r", **rule}, {"rule_id": "s", "conflict_group": "g"}]
    run(models, events, rules, [])
    found = models.rows(
        "select violation, words from quality_adjustment_violations order by served_at, violation"
    )
    assert sorted(found) == sorted(expected)


def test_what_came_first_decides_the_arm_and_only_inside_the_dates(models: CompiledModels) -> None:
    events = [
        served("04 10:00:00", person="early"), served("05 10:00:00", person="early", held=True),
        served("05 10:00:00", person="crossed", held=True), served("05 10:00:01", person="crossed"),
        ("05 10:10:00", "bought", {}, "crossed"),
        served("05 10:00:00", person="buyer"), ("05 10:10:00", "bought", {}, "buyer"), ("05 10:20:00", "bought", {}, "buyer"),
        served("06 10:00:00", person="not ripe"), ("06 10:10:00", "bought", {}, "not ripe"),
    ]  # fmt: skip
    run(models, events, [{"rule_id": "r", "metric_id": "bought", "starts_at": "2026-01-05"}], [])
    assert models.rows("from int_adjustment_arms order by is_holdout") == [
        ("r", False, 2, 1, 1, 2.0),
        ("r", True, 2, 2, 1, 1.0),
    ]


VERDICTS: dict[str, tuple[Row, str, str]] = {
    "helps": ({}, "helps",
              "15.00% of 800 units served converted, 8.00% of 200 held out: 7.00 points (2.00 to 11.00), corrected p 0.0100"),
    "harms": ({"difference": -0.07}, "harms", "-7.00 points"),
    "less is better": ({"better": "lower"}, "harms", "7.00 points"),
    "not significant": ({"is_significant": False}, "no difference shown", "corrected p 0.0100"),
    "broken": ({"sample_ratio_p_value": 1e-5}, "cannot be trusted",
               "sample ratio mismatch: 12.00% of the units were withheld, 20.00% declared"),
    "no holdout": ({"is_causal": False, "note": "not causal: why"}, "not causal",
                   "not causal: why; of 800 units served, 15.00% converted"),
    "no outcome": ({"is_causal": False, "note": "why", "rate_served": None}, "not causal", "why"),
}  # fmt: skip


@pytest.mark.parametrize(("case", "verdict", "words"), VERDICTS.values(), ids=VERDICTS)
def test_verdicts_in_words(models: CompiledModels, case: Row, verdict: str, words: str) -> None:
    row = {
        "rule_id": "r", "is_causal": True, "ripe_units_served": 800, "ripe_units_held_out": 200, "rate_served": 0.15,
        "rate_held_out": 0.08, "difference": 0.07, "difference_low": 0.02, "difference_high": 0.11, "sample_ratio_p_value": 0.4,
        "observed_holdout_share": 0.12, "declared_holdout_share": 0.2,
    } | case  # fmt: skip
    better, significant = row.pop("better", "higher"), row.pop("is_significant", True)
    models.fill(
        int_adjustment_rules=[{"rule_id": "r", "better": better}],
        calc_corrections=[
            {"test_id": "adjustment rule/r", "p_adjusted": 0.01, "is_significant": significant}
        ],
        calc_adjustments=[row],
    )
    models.run("results_adjustments")
    ((found, reading),) = models.rows("select verdict, reading from results_adjustments")
    assert found == verdict
    assert words in reading if row["is_causal"] else words == reading
