"""The taxonomy of events: what the SQL says of their properties, and that the JSON Schema says the same."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from compiled import CompiledModels, Row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from microlift import taxonomy

DEFINITIONS = ("dim_events", "dim_event_properties", "int_event_names", "int_event_rules")
INJECTION = "'); drop table events; --"


@pytest.fixture
def models(models: CompiledModels) -> CompiledModels:
    models.fill(int_exclusions=[], int_opt_outs=[])
    return models


def define(models: CompiledModels, rules: list[Row], events: list[Row]) -> None:
    """The taxonomy: rules of `shown` unless they name another event."""
    texts = [{key: str(value) for key, value in rule.items()} for rule in rules]
    models.fill(
        def_events=events,
        def_event_properties=[{"event_name": "shown", "severity": "quarantine"} | rule for rule in texts],
    )
    models.run(*DEFINITIONS)


def judge(models: CompiledModels, sent: list[Row], event_name: str = "shown") -> list[list[tuple[str, str]]]:
    """The problems of each event, as (property, problem)."""
    models.fill(
        input_events=[
            {"event_id": f"e{place:03}", "event_name": event_name, "event_time": datetime(2026, 1, 5), "user_id": "u",
             "load_id": "file", "properties": json.dumps(properties)}
            for place, properties in enumerate(sent)
        ],
    )  # fmt: skip
    models.run("int_event_store", "int_events_checked", "int_taxonomy_judged", "quality_taxonomy")
    found = models.rows("select property_problems from int_event_store order by event_id")
    return [[(one["property"], one["problem"]) for one in problems or []] for (problems,) in found]


MISSING, TYPE, RANGE, VALUE = (
    "missing_property", "wrong_property_type", "property_out_of_range", "property_value_not_allowed",
)  # fmt: skip

# A rule of property `p`, the values that it takes, and the values that it does not, with the problem.
CASES: dict[str, tuple[Row, list[Any], dict[str, list[Any]]]] = {
    "required": ({"is_required": "true"}, [0, False, "x", " ", [], {}], {MISSING: [None, ""]}),
    "text": ({"type": "text"}, ["a", "3", "[1]", INJECTION, None, ""], {TYPE: [3, True, [1], {"a": 1}]}),
    "length": (
        {"type": "text", "minimum": 2, "maximum": 3}, ["ab", "äöü", "🛒🛒", None], {RANGE: ["a", "abcd"], TYPE: [22]},
    ),
    # Exports write numbers as texts, and 3.0 is a whole number as in JSON Schema.
    "integer": ({"type": "integer"}, [3, -3, 3.0, 1e3, "3", None, ""], {TYPE: [3.5, "3.5", "three", "nan", True, [3]]}),
    "number": ({"type": "number"}, [3.5, "-3.5", 0], {TYPE: ["inf", "1,5", False, "0 USD", {}]}),
    "range": (
        {"type": "number", "minimum": "-0.5", "maximum": 10}, [-0.5, 10, "10"], {RANGE: [-0.51, 10.001, "11", 1e300]},
    ),
    "from a minimum": ({"type": "integer", "minimum": 1}, [1, 10**9], {RANGE: [0]}),
    "up to a maximum": ({"type": "integer", "maximum": 1}, [1, -(10**9)], {RANGE: [2]}),
    "boolean": ({"type": "boolean"}, [True, False, "true", "false"], {TYPE: [1, "yes", "TRUE", []]}),
    "timestamp": (
        {"type": "timestamp"}, ["2026-01-05T10:00:00Z", "2026-01-05 10:00:00+02:00", "2026-01-05"],
        {TYPE: ["soon", "2026-13-05T10:00:00Z", "infinity", 1767434400]},
    ),
    "accepted": ({"type": "text", "accepted": "pro|free|'x"}, ["pro", "'x", None], {VALUE: ["Pro", "pro|free"]}),
    "accepted numbers": ({"type": "number", "accepted": "1|2.50"}, [1, 1.0, "1", 2.5], {VALUE: [3], TYPE: ["one"]}),
    "accepted and required": (
        {"type": "boolean", "accepted": "true", "is_required": "true"}, [True], {VALUE: [False], MISSING: [None]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "good", "bad"), CASES.values(), ids=CASES)
def test_a_value_is_judged(
    models: CompiledModels, rule: Row, good: list[Any], bad: dict[str, list[Any]]
) -> None:
    define(models, [{"property": "p", **rule}], [])
    assert judge(models, [{"p": value} for value in good]) == [[]] * len(good)
    for problem, values in bad.items():
        assert judge(models, [{"p": value} for value in values]) == [[("p", problem)]] * len(values), problem
    reasons = models.rows("select distinct quarantine_reason from int_event_store")
    assert reasons == [(problem,)]


def test_a_flag_leaves_the_event_valid_and_is_counted(models: CompiledModels) -> None:
    rules = [
        {"property": "a", "is_required": "true", "severity": "flag"},
        {"property": "b", "type": "integer"},
        {"property": "c", "type": "integer"},
    ]
    define(models, rules, [])
    sent = [{}, {"a": 1}, {"a": 1}, {"b": "x", "c": "x"}]
    flagged = [("a", MISSING)]
    assert judge(models, sent) == [flagged, [], [], [*flagged, ("b", TYPE), ("c", TYPE)]]
    # Of several problems, the first that quarantines gives the reason.
    assert models.rows("select event_id, quarantine_reason from int_event_store order by 1") == [
        ("e000", None), ("e001", None), ("e002", None), ("e003", TYPE),
    ]  # fmt: skip
    columns = "property, problem, severity, rows_with_problem, rows_of_event, share, example_event_id"
    assert models.rows(f"select {columns} from quality_taxonomy order by 1") == [
        ("a", MISSING, "flag", 2, 4, 0.5, "e000"),
        ("b", TYPE, "quarantine", 1, 4, 0.25, "e003"),
        ("c", TYPE, "quarantine", 1, 4, 0.25, "e003"),
    ]


def test_a_closed_event_knows_its_properties(models: CompiledModels) -> None:
    events = [
        {"event_name": "shown", "other_properties": "quarantine"},
        {"event_name": "left", "other_properties": "flag"},
        {"event_name": "free"},
    ]
    rules = [{"property": "a"}, {"property": "device", "event_name": "*", "type": "text"}]
    define(models, rules, events)
    odd = {INJECTION: 1, "$.a": 1, "": 1, "🛒": None}
    unknown = [(key, "unknown_property") for key in sorted(odd)]
    assert judge(models, [{"a": 1, "device": "d"}, odd, {f"k{n:02}": n for n in range(99)}]) == [
        [], unknown, [(f"k{n:02}", "unknown_property") for n in range(10)],
    ]  # fmt: skip
    assert judge(models, [{"device": "d"}, {"a": 1}], "left") == [[], [("a", "unknown_property")]]
    assert models.rows("select distinct quarantine_reason from int_event_store") == [(None,)]
    # Of an event that is open, only the rule for all events is held.
    assert judge(models, [{"a": 1, "z": 2}, {"device": 5}], "free") == [[], [("device", TYPE)]]
    assert judge(models, [{"device": 5}], "unheard") == [[]]


def test_an_own_row_stands_before_that_of_all_events(models: CompiledModels) -> None:
    rules = [{"property": "a", "type": "integer"}, {"event_name": "*", "property": "a", "type": "text"}]
    define(models, rules, [{"event_name": "shown"}, {"event_name": "other"}])
    assert judge(models, [{"a": 1}, {"a": "x"}]) == [[], [("a", TYPE)]]
    assert judge(models, [{"a": 1}, {"a": "x"}], "other") == [[("a", TYPE)], []]


def test_without_rules_nothing_is_said(models: CompiledModels) -> None:
    define(models, [{"property": "a", "description": "any"}], [{"event_name": "shown"}])
    assert models.rows("select count(*) from int_event_rules") == [(0,)]
    assert judge(models, [{"a": 1}, {}]) == [[], []]


def test_rules_of_events_need_a_vocabulary(models: CompiledModels) -> None:
    """A row for all events means those of `events`; a row for one needs no list."""
    models.fill(
        def_events=[],
        def_event_properties=[{"event_name": "*", "property": "a"}, {"event_name": "shown", "property": "a"}],
    )
    models.run("taxonomy_contradictions")
    assert models.rows("select row_key, problem, fix from taxonomy_contradictions") == [
        ("event_name=*, property=a", "it stands for every event, and events is empty",
         "list the events in events, or name the event here")
    ]  # fmt: skip


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 12),
    st.sampled_from([0.5, 3.0, -2.25, 1e6]),
    st.sampled_from(
        ["", "3", "3.5", "-1", "true", "false", "True", "a", "bc", "ghi", "🛒", INJECTION, "nan", "\x00", "<b>", "a|bc",
         "2026-01-05T10:00:00Z", "2026-01-05 10:00:00.5+02:00", "2026-02-28T23:59:59-11:30", "2026-13-01T00:00:00Z", "soon"]
    ),
    st.sampled_from([[], [1], {}, {"a": 1}]),
)  # fmt: skip
ACCEPTED = {"text": "a|bc|3|🛒", "integer": "1|2|3", "number": "0.5|3|12", "boolean": "true"}


@st.composite
def rules(draw: st.DrawFn, name: str) -> Row:
    kind = draw(st.sampled_from(["text", "integer", "number", "boolean", "timestamp", None]))
    rule: Row = {"property": name, "is_required": draw(st.sampled_from(["true", "false"]))}
    rule["severity"] = draw(st.sampled_from(["flag", "quarantine"]))
    if kind is not None:
        rule["type"] = kind
    if kind in ("text", "integer", "number"):
        low, width = draw(st.integers(0, 3)), draw(st.integers(0, 9))
        rule |= draw(
            st.sampled_from(
                [{}, {"minimum": low}, {"maximum": width}, {"minimum": low, "maximum": low + width}]
            )
        )
    if kind in ACCEPTED and draw(st.booleans()):
        rule["accepted"] = ACCEPTED[kind]
    return rule


def as_sent(properties: Row, kinds: dict[str, str | None]) -> Row:
    """The event as a tracker should send it: texts that stand for something else as what they stand for, and no blanks."""
    sent = {}
    for name, value in properties.items():
        kind = kinds.get(name)
        if value == "" and name in kinds:
            continue
        if isinstance(value, str) and kind in ("integer", "number") and re.fullmatch(r"-?\d+(\.\d+)?", value):
            value = float(value)
        elif kind == "boolean" and value in ("true", "false"):
            value = value == "true"
        sent[name] = value
    return sent


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_json_schema_says_what_the_sql_says(models: CompiledModels, data: st.DataObject) -> None:
    names = ["a", "b.c", "d e", "f"]
    kept = [data.draw(rules(name)) for name in names[: data.draw(st.integers(1, 3))]]
    other = data.draw(st.sampled_from(["allowed", "flag", "quarantine"]))
    define(models, kept, [{"event_name": "shown", "other_properties": other}])
    sent = data.draw(st.lists(st.dictionaries(st.sampled_from(names), VALUES), min_size=5, max_size=40))
    found = judge(models, sent)

    described = taxonomy.read(models.connection)
    (event,) = described.events
    schema = jsonschema.Draft202012Validator(taxonomy.event_schema(event))
    combined = jsonschema.Draft202012Validator(taxonomy.combined_schema(described))
    kinds = {rule["property"]: rule.get("type") for rule in kept}
    for properties, problems in zip(sent, found, strict=True):
        ideal = as_sent(properties, kinds)
        assert schema.is_valid(ideal) == (not problems), (properties, problems)
        assert combined.is_valid({"event_name": "shown", "properties": ideal}) == (not problems)
        if schema.is_valid(properties):
            assert not problems


HOSTILE = [
    "../../up",
    "a/b",
    "a~b",
    "A B",
    "a b",
    INJECTION,
    "🛒",
    "con.",
    "x" * 300,
    "x" * 299 + "y",
    "Shown",
    "shown",
    "",
]


def test_schemas_of_hostile_names(tmp_path: Path) -> None:
    rule = taxonomy.Property("p", "integer", is_required=True)
    events = tuple(taxonomy.Event(name, properties=(rule,)) for name in HOSTILE)
    files, left = taxonomy.write(taxonomy.Taxonomy(events, is_closed=True), tmp_path / "out")
    assert not left
    assert len(set(files)) == len(HOSTILE) + 1
    assert {path.name.lower() for path in (tmp_path / "out" / "events").iterdir()} == {
        path.name.lower() for path in files[1:]
    }
    assert len({path.name.lower() for path in files}) == len(files)
    for path in files:
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text()))
    combined = jsonschema.Draft202012Validator(
        json.loads((tmp_path / "out" / "events.schema.json").read_text())
    )
    for name in HOSTILE:
        assert combined.is_valid({"event_name": name, "properties": {"p": 1}})
        assert not combined.is_valid({"event_name": name, "properties": {"p": "1"}})
        assert not combined.is_valid({"event_name": name})
    assert not combined.is_valid({"event_name": "unheard", "properties": {}})


def test_files_of_former_events_are_named(tmp_path: Path) -> None:
    former = taxonomy.Taxonomy((taxonomy.Event("old"),), is_closed=False)
    taxonomy.write(former, tmp_path)
    files, left = taxonomy.write(taxonomy.Taxonomy((), is_closed=False), tmp_path)
    assert [path.name for path in files] == ["events.schema.json"]
    assert [path.name for path in left] == ["old.schema.json"]
    assert jsonschema.Draft202012Validator(json.loads(files[0].read_text())).is_valid({"event_name": "any"})
