"""Signals of sessions and units, computed by hand."""

import json
from datetime import datetime
from typing import Any

import pytest
from compiled import CompiledModels, Row

MODELS = (
    "int_signals", "int_event_repeats", "int_events_kept", "int_identity", "int_events_valid", "int_unit_timelines",
    "int_campaign_changes", "int_sessions", "int_person_events", "int_session_facts", "fct_sessions",
    "int_session_signals", "fct_session_signals", "int_unit_sessions",
    "int_parted_signals", "int_unit_signals", "dim_units", "int_signal_ranks",
)  # fmt: skip


def moment(text: str) -> datetime:
    day, _, clock = text.rpartition(" ")
    return datetime.fromisoformat(f"2026-01-{day or '05'} {clock}")


def run(
    models: CompiledModels,
    signals: list[Row],
    events: list[tuple[Any, ...]],
    exposed: str = "10:00:00",
) -> None:
    """Build everything from events (time, name, properties) of one person, exposed at a moment."""
    models.fill(
        def_signals=signals,
        int_repeated_ids=[],
        int_events_checked=[
            {
                "event_id": f"e{place:03}", "event_name": name, "event_time": moment(time), "received_time": moment(time),
                "user_id": "p", "device_id": "d", "sequence": 0, "load_id": "stream", "properties": json.dumps(properties),
            }
            for place, (time, name, properties) in enumerate(events)
        ],
        dim_experiments=[{"experiment_id": "e", "unit_type": "user"}],
        int_macro_conversions=[{"experiment_id": "e", "metric_id": "m"}],
        int_unit_metrics=[],
        int_exposures=[
            {
                "experiment_id": "e", "unit_type": "user", "unit_id": "p", "exposed_at": moment(exposed),
                "exposure_sequence": 0, "exposure_event_id": "e000", "source_door": "events",
            }
        ],
    )  # fmt: skip
    models.run(*MODELS)


def of_sessions(models: CompiledModels, signal: str) -> list[float]:
    rows = models.rows(f"select value from fct_session_signals where signal = '{signal}' order by started_at")
    return [value for (value,) in rows]


def of_unit(models: CompiledModels, signal: str) -> dict[str, Any]:
    rows = (
        f"select period, coalesce(text_value, value::varchar) from int_unit_signals where signal = '{signal}'"
    )
    return dict(models.rows(rows))


FORM: list[tuple[Any, ...]] = [
    ("10:00:00", "page_viewed", {}),
    ("10:00:10", "focused", {"field": "name"}),
    ("10:00:20", "changed", {"field": "name"}),
    ("10:00:30", "focused", {"field": "mail"}),
    ("10:00:40", "changed", {"field": "mail"}),
    ("10:00:50", "changed", {"field": "mail"}),
    ("10:01:00", "changed", {"field": "name"}),
    ("10:01:10", "focused", {"field": "phone"}),
    ("10:02:00", "page_viewed", {}),
    ("10:02:30", "left", {}),
]
SCROLLS: list[tuple[Any, ...]] = [
    ("10:00:00", "scrolled", {"depth": 10}),
    ("10:00:02", "scrolled", {"depth": 50}),
    ("10:00:03", "scrolled", {"depth": 20}),
    ("10:00:13", "scrolled", {"depth": "75"}),
    ("10:00:14", "scrolled", {"depth": "deep"}),
]
CLICKS: list[tuple[Any, ...]] = [
    ("10:00:00", "clicked", {"on": "a"}),
    ("10:00:00.4", "clicked", {"on": "a"}),
    ("10:00:00.5", "clicked", {"on": "b"}),
    ("10:00:01", "clicked", {"on": "a"}),
    ("10:00:01.2", "clicked", {"on": "a"}),
    ("10:00:03", "clicked", {"on": "a"}),
]
HOVERS: list[tuple[Any, ...]] = [
    ("10:00:00", "over", {}),
    ("10:00:04", "out", {}),
    ("10:00:10", "over", {}),
    ("10:00:11", "over", {}),
    ("10:00:20", "out", {}),
    ("10:00:21", "out", {}),
]

CASES = {
    # To the next page, and to the session's end.
    "time on pages": ({"kind": "time_until", "event_name": "page_viewed"}, FORM, 120 + 30),
    # 4 s, then 1 s until the second start, then 9 s; an end without a start is none.
    "hover time": ({"kind": "time_until", "event_name": "over", "until_event_name": "out"}, HOVERS, 4 + 1 + 9),
    "scroll depth": ({"kind": "max", "event_name": "scrolled", "value_property": "depth"}, SCROLLS, 75),
    # 40 in 2 s; 55 in 10 s is slower; a fall is none; what is no number is left out.
    "scroll speed": ({"kind": "fastest_rise", "event_name": "scrolled", "value_property": "depth"}, SCROLLS, 20),
    "clicks": ({"kind": "count", "event_name": "clicked"}, CLICKS, 6),
    "clicks on one target": (
        {"kind": "count", "event_name": "clicked", "property": "on", "operator": "equals", "value": "b"}, CLICKS, 1,
    ),
    # The third on `a` within a second, at 1.0; that at 1.2 has 0.4 and 1.0 before it.
    "repeated clicks": ({"kind": "repeats", "event_name": "clicked", "same_property": "on"}, CLICKS, 2),
    "repeated clicks, twice in 2 s": (
        {"kind": "repeats", "event_name": "clicked", "same_property": "on", "at_least": "2", "within_seconds": "2"}, CLICKS, 4,
    ),
    "targets": ({"kind": "distinct", "event_name": "clicked", "same_property": "on"}, CLICKS, 2),
    "fields filled": ({"kind": "distinct", "event_name": "changed", "same_property": "field"}, FORM, 2),
    # Back to the name after the mail; the mail changed twice in a row is one change.
    "fields corrected": ({"kind": "returns", "event_name": "changed", "same_property": "field"}, FORM, 1),
    "fields left": (
        {"kind": "without", "event_name": "focused", "same_property": "field", "until_event_name": "changed"}, FORM, 1,
    ),
    "first click": ({"kind": "first_delay", "event_name": "changed"}, FORM, 20),
    "sum": ({"kind": "sum", "event_name": "scrolled", "value_property": "depth"}, SCROLLS, 155),
    "mean": ({"kind": "mean", "event_name": "scrolled", "value_property": "depth"}, SCROLLS, 38.75),
    "last": ({"kind": "last", "event_name": "scrolled", "value_property": "depth"}, SCROLLS, 75),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "events", "expected"), CASES.values(), ids=CASES)
def test_of_a_session(
    models: CompiledModels, rule: Row, events: list[tuple[Any, ...]], expected: float
) -> None:
    run(models, [{"signal": "s", **rule}], events)
    assert of_sessions(models, "s") == [pytest.approx(expected)]


def test_idle_time_is_no_time_on_a_page(models: CompiledModels) -> None:
    """Sessions end after half an hour without events, and so does the time on a page."""
    rule = {"signal": "s", "kind": "time_until", "event_name": "page_viewed"}
    run(
        models,
        [rule],
        [("10:00:00", "page_viewed", {}), ("10:30:00", "clicked", {}), ("10:59:00", "clicked", {})],
    )
    assert of_sessions(models, "s") == [1800]


VISITS: list[tuple[Any, ...]] = [
    ("02 23:00:00", "page_viewed", {"traffic_source": "mail"}),
    ("02 23:00:05", "clicked", {}),
    ("10 09:00:00", "page_viewed", {"traffic_source": "ads", "campaign": "spring"}),
    ("10 09:00:10", "clicked", {}),
    ("10 09:01:00", "seen", {}),
    ("10 09:01:05", "clicked", {}),
    ("10 09:01:06", "clicked", {}),
    ("11 09:00:00", "page_viewed", {}),
    ("11 09:00:02", "clicked", {}),
]


def test_the_session_of_the_exposure_is_parted_there(models: CompiledModels) -> None:
    signals = [
        {"signal": "clicks", "kind": "count", "event_name": "clicked"},
        {"signal": "to_click", "kind": "first_delay", "event_name": "clicked"},
        {"signal": "on_pages", "kind": "time_until", "event_name": "page_viewed"},
    ]
    run(models, signals, VISITS, exposed="10 09:01:00")
    models.connection.execute("update int_exposures set exposure_event_id = 'e004'")
    models.run("int_unit_sessions", "int_parted_signals", "int_unit_signals")
    # In the funnel, which ends ten minutes later, is what followed in that session.
    assert of_unit(models, "clicks") == {"pre_exposure": "2.0", "in_funnel": "2.0", "post_exposure": "3.0"}
    # From the start of a session before it; from the exposure after it.
    assert of_unit(models, "to_click") == {"pre_exposure": "5.0", "in_funnel": "5.0", "post_exposure": "5.0"}
    assert of_unit(models, "on_pages") == {"pre_exposure": "65.0", "post_exposure": "2.0"}
    assert of_unit(models, "sessions") == {"pre_exposure": "2.0", "post_exposure": "1.0"}


@pytest.mark.parametrize(
    ("exposed", "clicks", "seconds"),
    [
        # Both clicks of the session of the exposure, and none of the next day.
        ("10 09:01:00", 2, 5.0),
        # The landmark, ten minutes later, lies in the next session: the click after it is not in the funnel.
        ("11 08:50:01", None, None),
        ("11 08:50:03", 1, 599.0),
    ],
)
def test_the_funnel_ends_at_the_landmark(
    models: CompiledModels, exposed: str, clicks: int | None, seconds: float | None
) -> None:
    signals = [
        {"signal": "clicks", "kind": "count", "event_name": "clicked"},
        {"signal": "to_click", "kind": "first_delay", "event_name": "clicked"},
    ]
    run(models, signals, VISITS, exposed=exposed)
    models.connection.execute("update int_exposures set exposure_event_id = 'e004'")
    models.run("int_unit_sessions", "int_parted_signals", "int_unit_signals")
    assert of_unit(models, "clicks").get("in_funnel") == (clicks and str(float(clicks)))
    assert of_unit(models, "to_click").get("in_funnel") == (seconds and str(seconds))
    # Wherever it ends, nothing is lost.
    assert (
        sum(float(of_unit(models, "clicks").get(period, 0)) for period in ("pre_exposure", "post_exposure"))
        == 5
    )


def test_signals_are_ranked_against_the_conversion(models: CompiledModels) -> None:
    """Converted units have 3, 1 and no clicks, others 1 and none; of a depth only what is known counts. In the funnel, who
    converted before the landmark (a) plays no part."""
    models.fill(
        def_signals=[
            {"signal": "clicks", "kind": "count", "event_name": "c"},
            {"signal": "depth", "kind": "max", "event_name": "s", "value_property": "depth"},
        ],
        int_macro_conversions=[{"experiment_id": "e", "metric_id": "m"}],
        int_unit_metrics=[
            {"experiment_id": "e", "metric_id": "m", "unit_id": unit, "value": int(unit < "d"), "is_ripe": unit != "f",
             "exposed_at": moment("10:00:00"), "first_counted_at": moment("10:09:59") if unit == "a" else None}
            for unit in "abcdef"
        ],
        int_unit_signals=[
            {"experiment_id": "e", "unit_id": unit, "period": "pre_exposure", "signal": signal, "value": value,
             "text_value": text}
            for unit, signal, value, text in (
                ("a", "clicks", 3.0, None), ("b", "clicks", 1.0, None), ("d", "clicks", 1.0, None), ("f", "clicks", 9.0, None),
                ("a", "depth", 50.0, None), ("d", "depth", 80.0, None),
                ("a", "device", None, "mobile"), ("b", "device", None, "desktop"), ("d", "device", None, "mobile"),
            )
        ] + [
            {"experiment_id": "e", "unit_id": unit, "period": "in_funnel", "signal": "clicks", "value": 1.0} for unit in "abd"
        ],
    )  # fmt: skip
    models.run("int_signals", "int_signal_ranks")
    rows = models.rows("""
        select signal, level, converted, others, converted_mean, others_mean, placements, converted_squares, others_squares
        from int_signal_ranks where period = 'pre_exposure' order by all
    """)
    assert models.rows(
        "select signal, converted, others, placements from int_signal_ranks where period = 'in_funnel'"
    ) == [("clicks", 2, 2, 3 + 1)]
    assert rows == [
        # Placements of 3, 1, 0 among 1, 0: 4, 3, 1; of 1, 0 among 3, 1, 0: 3, 1.
        ("clicks", None, 3, 2, 4 / 3, 0.5, 8, 16 + 9 + 1, 9 + 1),
        ("depth", None, 1, 1, 50.0, 80.0, 0, 0, 4),
        # Of those whose device is known: a desktop is 1 for b, 0 for a and d.
        ("device", "desktop", 2, 1, 0.5, 0.0, 3, 4 + 1, 1),
        ("device", "mobile", 2, 1, 0.5, 1.0, 1, 1 + 0, 9),
    ]


def test_a_click_in_a_later_session_is_late(models: CompiledModels) -> None:
    """Two seconds after the next day's session began is a day after the exposure."""
    events = [("10 09:00:00", "seen", {}), ("11 09:00:00", "page_viewed", {}), ("11 09:00:02", "clicked", {})]
    run(
        models,
        [{"signal": "s", "kind": "first_delay", "event_name": "clicked"}],
        events,
        exposed="10 09:00:00",
    )
    assert set(of_unit(models, "s").values()) == {str(24 * 3600 + 2.0)}


def test_what_every_session_has(models: CompiledModels) -> None:
    run(models, [], VISITS, exposed="10 09:01:00")
    assert of_sessions(models, "session_number") == [1, 2, 3]
    assert of_sessions(models, "days_since_last_session") == pytest.approx(
        [7 + 35995 / 86400, 1 - 66 / 86400]
    )
    assert of_sessions(models, "sessions_last_7_days") == [1, 1, 2]
    assert of_sessions(models, "hour_of_day") == [23, 9, 9]
    # 2026-01-02 is a Friday.
    assert of_sessions(models, "weekday") == [5, 6, 7]
    assert of_unit(models, "traffic_source") == {"pre_exposure": "ads"}
    assert of_unit(models, "campaign") == {"pre_exposure": "spring"}
    assert models.rows(
        "select sessions, events, devices, first_traffic_source, is_known_user from dim_units"
    ) == [(3, 9, 1, "mail", True)]
