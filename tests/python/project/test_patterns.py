"""The SQL of item sequences on a few events, by hand."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from compiled import CompiledModels, Row

EXPOSED = datetime(2026, 1, 5, 10)
MODELS = (
    "int_pattern_sets",
    "int_pattern_items",
    "int_pattern_sequences",
    "int_unit_metrics",
    "int_pattern_counts",
)
ITEMS: list[Row] = [
    {"pattern_set_id": "*", "item": "deep", "priority": "1", "event_name": "scrolled", "property": "depth",
     "operator": "at_least", "value": "75"},
    {"pattern_set_id": "*", "item": "scroll", "priority": "2", "event_name": "scrolled"},
    {"pattern_set_id": "*", "item": "click", "event_name": "clicked", "label_property": "on"},
    {"pattern_set_id": "*", "item": "page", "event_name": "page_viewed"},
]  # fmt: skip
Event = tuple[int, str, dict[str, Any]]
"""Seconds after the exposure, name, properties."""

EVENTS: list[Event] = [
    (-90, "page_viewed", {}),
    (-60, "clicked", {"on": "menu"}),
    (-30, "scrolled", {"depth": 20}),
    (0, "seen", {}),
    (10, "scrolled", {"depth": "80"}),
    (20, "clicked", {"on": "buy"}),
    (20, "clicked", {}),
    (30, "left", {}),
    (70, "scrolled", {"depth": "deep"}),
    (70, "bought", {}),
    (80, "page_viewed", {}),
    (4000, "page_viewed", {}),
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledModels]:
    models = CompiledModels(tmp_path_factory.mktemp("compiled"))
    yield models
    models.connection.close()


def run(
    models: CompiledModels,
    pattern_set: Row,
    events: list[Event] = EVENTS,
    items: list[Row] = ITEMS,
    units: dict[str, int | None] | None = None,
    unit_type: str = "user",
) -> None:
    """Build the sequences of units that do the same, each converting so many seconds after its exposure, or never."""
    units = {"p": None} if units is None else units
    key = {"user": "person_id", "device": "device_id", "session": "session_id"}[unit_type]
    arm = {"experiment_id": "e", "variant_id": "a", "allocation_epoch": 1, "exposed_at": EXPOSED}
    models.fill(
        def_patterns=[{"pattern_set_id": "s", "metric_id": "m", "min_support_share": "0.1", **pattern_set}],
        def_pattern_items=items,
        dim_experiments=[{"experiment_id": "e", "unit_type": unit_type}],
        int_person_events=[
            {
                key: unit, "event_id": f"{unit}{place:02}", "event_name": name, "sequence": 0,
                "event_time": EXPOSED + timedelta(seconds=seconds), "properties": json.dumps(properties),
            }
            for unit in units
            for place, (seconds, name, properties) in enumerate(events)
        ],
        int_exposures=[
            {
                **arm, "unit_type": unit_type, "unit_id": unit, "exposure_sequence": 0, "exposure_event_id": f"{unit}03",
                "source_door": "events",
            }
            for unit in units
        ],
        int_unit_values=[
            {
                **arm, "unit_id": unit, "metric_id": "m", "value": int(after is not None),
                "ripe_at": EXPOSED + timedelta(hours=1),
                "first_counted_at": None if after is None else EXPOSED + timedelta(seconds=after),
            }
            for unit, after in units.items()
        ],
        int_as_of=[{"as_of": EXPOSED + timedelta(days=1)}],
    )  # fmt: skip
    models.run(*MODELS)


def sequence(models: CompiledModels) -> list[str]:
    rows = models.rows("select items from int_pattern_sequences")
    assert len(rows) <= 1
    return list(rows[0][0]) if rows else []


POST = {"period": "post_exposure"}
CASES: dict[str, tuple[Row, int | None, list[str]]] = {
    # An event that is no item is left out; one that two rows hold for is the first; what has no label is unknown. The
    # window closes after an hour.
    "until the window closes": (POST, None, ["deep", "click:buy", "click:unknown", "scroll", "page"]),
    # What happens at the moment of the conversion is not before it.
    "until the conversion": (POST, 70, ["deep", "click:buy", "click:unknown"]),
    "until the landmark": ({**POST, "landmark_minutes": "1"}, None, ["deep", "click:buy", "click:unknown"]),
    "the conversion before the landmark": ({**POST, "landmark_minutes": "1"}, 15, ["deep"]),
    "the landmark at an event's moment": ({**POST, "landmark_minutes": "0.1666666666"}, None, []),
    "the first items": ({**POST, "max_items": "2"}, None, ["deep", "click:buy"]),
    # The exposure's own event is no item, whatever its name.
    "before": ({"period": "pre_exposure"}, 70, ["page", "click:menu", "scroll"]),
    "the last items before": ({"period": "pre_exposure", "max_items": "2"}, None, ["click:menu", "scroll"]),
}  # fmt: skip


@pytest.mark.parametrize(("pattern_set", "converts", "expected"), CASES.values(), ids=CASES)
def test_items_in_order(
    models: CompiledModels, pattern_set: Row, converts: int | None, expected: list[str]
) -> None:
    run(
        models,
        pattern_set,
        items=[*ITEMS, {"pattern_set_id": "s", "item": "seen", "event_name": "seen"}],
        units={"p": converts},
    )
    assert sequence(models) == expected


@pytest.mark.parametrize("unit_type", ["user", "device", "session"])
def test_units_of_every_type(models: CompiledModels, unit_type: str) -> None:
    run(models, POST, unit_type=unit_type)
    assert sequence(models)[0] == "deep"


def test_items_of_one_set_are_not_those_of_another(models: CompiledModels) -> None:
    run(models, POST, items=[ITEMS[3], {"pattern_set_id": "other", "item": "left", "event_name": "left"}])
    assert sequence(models) == ["page"]


def test_events_of_one_moment_stand_by_sequence_and_id(models: CompiledModels) -> None:
    run(models, POST, events=[(-1, "seen", {}), *[(5, "clicked", {"on": name}) for name in "abc"]])
    models.connection.execute("update int_person_events set sequence = -1 where properties like '%c%'")
    models.run("int_pattern_sequences")
    assert sequence(models) == ["click:c", "click:a", "click:b"]


def counted(models: CompiledModels) -> dict[tuple[str, str | None], int]:
    rows = models.rows("select converted, array_to_string(items, ' '), units from int_pattern_counts")
    return {(converted, items): units for converted, items, units in rows}


def test_alike_units_are_counted_together(models: CompiledModels) -> None:
    run(models, {**POST, "landmark_minutes": "1"}, units={"p": None, "q": None, "r": 65, "s": 15, "t": 5})
    same = "deep click:buy click:unknown"
    assert counted(models) == {("no", same): 2, ("yes", same): 1, ("early", "deep"): 1, ("early", None): 1}
    # A conversion is never early without a landmark, nor before the exposure.
    run(models, POST, units={"p": None, "t": 5})
    assert {converted for converted, _ in counted(models)} == {"no", "yes"}


def test_units_whose_window_is_open_do_not_count(models: CompiledModels) -> None:
    run(models, POST)
    models.connection.execute("update int_as_of set as_of = timestamp '2026-01-05 10:59:59'")
    models.run("int_pattern_counts", "int_unit_metrics", "int_pattern_counts")
    assert counted(models) == {}


def test_of_many_units_about_so_many_are_drawn_and_always_the_same(models: CompiledModels) -> None:
    units: dict[str, int | None] = dict.fromkeys(f"u{number}" for number in range(400))
    run(models, {**POST, "max_units": "100"}, events=EVENTS[:5], units=units)
    read, of_all = models.rows("select sum(units), max(units_of_set) from int_pattern_counts")[0]
    assert of_all == 400
    # By md5 of the id: the same number on every engine.
    fractions = [int(hashlib.md5(unit.encode()).hexdigest()[:8], 16) / 2**32 for unit in units]
    assert read == sum(fraction * 400 < 100 for fraction in fractions)
    assert 70 < read < 130
