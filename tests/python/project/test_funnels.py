"""Funnels of every kind on random streams against a search that follows each attempt by itself."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from compiled import CompiledModels, Row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

START = datetime(2026, 1, 5)
SESSION_GAP = timedelta(minutes=30)
FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

MODELS = (
    "int_funnel_steps", "int_funnels", "int_funnel_rules", "int_event_repeats", "int_events_kept", "int_identity",
    "int_events_valid", "int_unit_timelines", "int_campaign_changes", "int_sessions", "int_person_events",
    "int_tied_events", "int_funnel_timelines", "int_funnel_attempts", "fct_funnel_attempts",
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Event:
    """An event of a stream; they compare in the project's order."""

    time: datetime
    sequence: int
    id: str
    name: str
    kind: str | None


@dataclass(frozen=True)
class Condition:
    """An event name, and a value of `kind` where one is asked for."""

    name: str
    kind: str | None = None

    def holds(self, event: Event) -> bool:
        return event.name == self.name and self.kind in (None, event.kind)

    @property
    def row(self) -> Row:
        asked = {} if self.kind is None else {"property": "kind", "operator": "equals", "value": self.kind}
        return {"event_name": self.name, **asked}


@dataclass(frozen=True)
class Funnel:
    """One funnel as its definition rows say it; steps are numbered from 1."""

    order: str
    window: timedelta
    steps: tuple[Condition, ...]
    optional: frozenset[int] = frozenset()
    exclusions: tuple[tuple[Condition, int | None, int | None], ...] = ()
    same_session: bool = False
    same_property: bool = False
    counted_per: str = "unit"

    @property
    def required(self) -> list[int]:
        return [number for number in range(1, len(self.steps) + 1) if number not in self.optional]

    @property
    def definitions(self) -> dict[str, list[Row]]:
        hours = self.window.total_seconds() / 3600
        return {
            "def_funnels": [
                {
                    "funnel_id": "f", "step_order": self.order, "window_hours": str(hours),
                    "same_session": str(self.same_session).lower(),
                    "same_property": "kind" if self.same_property else None, "counted_per": self.counted_per,
                }
            ],
            "def_funnel_steps": [
                {"funnel_id": "f", "step_number": str(number), "is_optional": str(number in self.optional).lower(), **step.row}
                for number, step in enumerate(self.steps, start=1)
            ],
            "def_funnel_exclusions": [
                {
                    "exclusion_id": str(place), "funnel_id": "f", "after_step": None if after is None else str(after),
                    "before_step": None if before is None else str(before), **event.row,
                }
                for place, (event, after, before) in enumerate(self.exclusions)
            ],
        }  # fmt: skip

    def steps_of(self, event: Event) -> set[int]:
        return {number for number, step in enumerate(self.steps, start=1) if step.holds(event)}

    def is_broken_by(self, event: Event, reached: int) -> bool:
        """Whether the event breaks an attempt whose last required step is this."""
        return any(
            condition.holds(event)
            and (self.order == "any" or (after or 1) <= reached < (before or self.required[-1]))
            for condition, after, before in self.exclusions
        )

    def is_of_funnel(self, event: Event) -> bool:
        return bool(self.steps_of(event)) or self.order == "strict_events"


def follow(funnel: Funnel, ordered: Sequence[Event], start: int) -> dict[int, int]:
    """Step → place of the event at which the attempt that starts here reaches it."""
    reached = {1: start}
    last = 1
    for place, event in enumerate(ordered[start + 1 :], start + 1):
        if event.time > ordered[start].time + funnel.window or funnel.is_broken_by(event, last):
            break
        steps = funnel.steps_of(event)
        later = [number for number in funnel.required if number > last]
        skippable = {n for n in funnel.optional if last < n < (later[0] if later else len(funnel.steps) + 1)}
        for number in steps & skippable:
            reached.setdefault(number, place)
        if later and later[0] in steps:
            last = later[0]
            reached[last] = place
        elif funnel.order.startswith("strict") and funnel.is_of_funnel(event) and not steps & skippable:
            break
    return reached


def gather(funnel: Funnel, ordered: Sequence[Event], start: int) -> dict[int, int]:
    """The same where the steps may come in any order: a step is reached when it and all before it have happened."""
    first: dict[int, int] = {}
    for place, event in enumerate(ordered[start:], start):
        is_over = event.time > ordered[start].time + funnel.window
        if is_over or (place > start and funnel.is_broken_by(event, 0)):
            break
        for number in funnel.steps_of(event):
            first.setdefault(number, place)
    reached = {number: place for number, place in first.items() if number in funnel.optional}
    so_far = start
    for number in funnel.required:
        if number not in first:
            break
        so_far = max(so_far, first[number])
        reached[number] = so_far
    return reached


def counted_attempt(funnel: Funnel, groups: Sequence[Sequence[Event]]) -> dict[int, datetime]:
    """Every attempt is tried: the deepest counts, then the earliest completed, then the latest started.

    Within a group by place, between groups by time.
    """
    way = gather if funnel.order == "any" else follow
    firsts = set(funnel.required) if funnel.order == "any" else {1}
    best = []
    for ordered in groups:
        attempts = []
        for start, event in enumerate(ordered):
            reached = way(funnel, ordered, start) if funnel.steps_of(event) & firsts else {}
            depth = len([number for number in funnel.required if number in reached])
            if depth:
                attempts.append((-depth, reached[funnel.required[depth - 1]], -start, reached))
        if attempts:
            depth, completed, start, reached = min(attempts, key=lambda attempt: attempt[:3])
            times = {number: ordered[place].time for number, place in reached.items()}
            best.append((depth, ordered[completed].time, START - ordered[-start].time, times))
    return min(best, key=lambda attempt: attempt[:3])[-1] if best else {}


def by_hand(
    funnel: Funnel, events: Sequence[Event], after: Event | None = None
) -> dict[Any, dict[int, datetime]]:
    """Session (None where units are counted) → step → time."""
    ordered = sorted(events, key=lambda event: (event.time, event.sequence, event.id))
    session, sessions = 0, {ordered[0].id: 0}
    for before, event in pairwise(ordered):
        session += event.time - before.time > SESSION_GAP
        sessions[event.id] = session
    groups: dict[Any, list[Event]] = defaultdict(list)
    for event in ordered:
        if after is not None and not event > after:
            continue
        if funnel.same_property and event.kind is None:
            continue
        is_held = funnel.same_session or funnel.counted_per == "session"
        groups[sessions[event.id] if is_held else None, event.kind if funnel.same_property else None].append(
            event
        )
    counted: dict[Any, list[list[Event]]] = defaultdict(list)
    for (own_session, _), own in sorted(groups.items(), key=lambda group: str(group[0][1])):
        counted[own_session if funnel.counted_per == "session" else None].append(own)
    attempts = {key: counted_attempt(funnel, own) for key, own in counted.items()}
    return {key: reached for key, reached in attempts.items() if reached}


@st.composite
def funnels(draw: st.DrawFn) -> Funnel:
    conditions = st.builds(Condition, st.sampled_from("abc"), st.sampled_from((None, None, None, "1")))
    order = draw(st.sampled_from(("loose", "strict", "strict_events", "any")))
    steps = draw(st.lists(conditions, min_size=2, max_size=4, unique=order == "any"))
    optional = frozenset(n for n in range(2, len(steps) + 1) if draw(st.integers(0, 3)) == 0)
    required = [n for n in range(1, len(steps) + 1) if n not in optional]
    exclusions = []
    for _ in range(draw(st.sampled_from((0, 0, 1, 2)))):
        condition = draw(st.builds(Condition, st.sampled_from("xxabc"), st.sampled_from((None, "1"))))
        after = before = None
        if len(required) < 2 and order != "any":
            continue
        if order != "any" and draw(st.booleans()):
            after, before = sorted(draw(st.permutations(required))[:2])
        exclusions.append((condition, after, before))
    return Funnel(
        order, timedelta(minutes=draw(st.sampled_from((0, 15, 60, 120)))), tuple(steps), optional, tuple(exclusions),
        draw(st.booleans()), draw(st.booleans()), draw(st.sampled_from(("unit", "unit", "session"))),
    )  # fmt: skip


@st.composite
def streams(draw: st.DrawFn) -> dict[str, list[Event]]:
    """A few persons' events, unordered; few times, so that ties and exact limits are common."""
    drawn = st.tuples(
        st.integers(0, 12),
        st.integers(0, 1),
        st.sampled_from("aabbcxz"),
        st.sampled_from((None, "1", "1", "2")),
    )
    persons: dict[str, list[Event]] = {}
    for person in range(draw(st.integers(1, 5))):
        events = draw(st.lists(drawn, min_size=1, max_size=20))
        ids = draw(st.permutations(range(len(events))))
        persons[f"p{person}"] = [
            Event(START + timedelta(minutes=15 * quarter), sequence, f"p{person}-{place:02}", name, kind)
            for place, (quarter, sequence, name, kind) in zip(ids, events, strict=True)
        ]
    return persons


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledModels]:
    """SQL that can do all that a funnel may ask, as where no funnel is known yet; slots for four steps."""
    any_funnel = "delete from int_funnels; delete from int_funnel_rules; update int_funnel_steps set is_optional = slot = 4"
    models = CompiledModels(tmp_path_factory.mktemp("compiled"), prepare=any_funnel)
    yield models
    models.connection.close()


@pytest.fixture(scope="module")
def plain_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledModels]:
    """SQL as it is written where all funnels are loose and nothing else is asked."""
    plain_funnel = """
        update int_funnels set step_order = 'loose', held_property = null;
        update int_funnel_rules set operator = null, effect = 1;
        update int_funnel_steps set is_optional = false
    """
    plain = CompiledModels(tmp_path_factory.mktemp("plain"), prepare=plain_funnel)
    yield plain
    plain.connection.close()


def run(
    models: CompiledModels, funnel: Funnel, persons: dict[str, list[Event]], exposure: Event
) -> dict[Any, Any]:
    """(experiment, person) → attempts, each as step → time."""
    models.fill(
        **funnel.definitions,
        int_repeated_ids=[],
        int_events_checked=[
            {
                "event_id": event.id, "event_name": event.name, "event_time": event.time, "received_time": event.time,
                "user_id": person, "sequence": event.sequence, "load_id": "stream",
                "properties": json.dumps({} if event.kind is None else {"kind": event.kind}),
            }
            for person, events in persons.items() for event in events
        ],
        dim_experiments=[{"experiment_id": "e", "unit_type": "user"}],
        int_exposures=[
            {
                "experiment_id": "e", "unit_type": "user", "unit_id": "p0", "exposed_at": exposure.time,
                "exposure_sequence": exposure.sequence, "exposure_event_id": exposure.id, "source_door": "events",
            }
        ],
    )  # fmt: skip
    models.run(*MODELS)
    found: dict[Any, Any] = defaultdict(lambda: defaultdict(dict))
    for experiment, unit, session, step, time in models.rows(
        "select experiment_id, unit_id, session_id, step_number, reached_at from fct_funnel_attempts"
    ):
        found[experiment, unit][session][step] = time
    return {
        key: sorted(map(sorted, (own.items() for own in attempts.values())))
        for key, attempts in found.items()
    }


def plain_funnels() -> st.SearchStrategy[Funnel]:
    steps = st.lists(st.builds(Condition, st.sampled_from("abc")), min_size=2, max_size=4)
    return st.builds(
        Funnel,
        st.just("loose"),
        st.sampled_from((0, 15, 60, 120)).map(lambda m: timedelta(minutes=m)),
        steps.map(tuple),
    )


@settings(FEW, max_examples=60)
@given(funnel=plain_funnels(), persons=streams(), data=st.data())
def test_sql_of_plain_funnels_equals_brute_force(
    plain_models: CompiledModels, funnel: Funnel, persons: dict[str, list[Event]], data: st.DataObject
) -> None:
    check(plain_models, funnel, persons, data.draw(st.sampled_from(persons["p0"])))


@FEW
@given(funnel=funnels(), persons=streams(), data=st.data())
def test_every_kind_equals_brute_force(
    models: CompiledModels, funnel: Funnel, persons: dict[str, list[Event]], data: st.DataObject
) -> None:
    check(models, funnel, persons, data.draw(st.sampled_from(persons["p0"])))


def check(models: CompiledModels, funnel: Funnel, persons: dict[str, list[Event]], exposure: Event) -> None:
    found = run(models, funnel, persons, exposure)
    expected = {("all", person): by_hand(funnel, events) for person, events in persons.items()}
    expected["e", "p0"] = by_hand(funnel, persons["p0"], exposure)
    assert found == {
        key: sorted(map(sorted, (own.items() for own in attempts.values())))
        for key, attempts in expected.items()
        if attempts
    }


def funnel(
    steps: str, order: str = "loose", hours: float = 1, exclusions: Sequence[Any] = (), **options: Any
) -> Funnel:
    """A funnel of one-letter events; a step in brackets is optional: `a(b)c`."""
    letters = [letter for letter in steps if letter.isalpha()]
    optional = frozenset(
        letters.index(steps[place + 1]) + 1 for place, sign in enumerate(steps) if sign == "("
    )
    return Funnel(
        order, timedelta(hours=hours), tuple(map(Condition, letters)), optional,
        tuple((Condition(name), *between) for name, *between in exclusions), **options,
    )  # fmt: skip


# Events as `name hour:minute`, `a1` being an `a` whose kind is 1; the attempt as `step time`.
CASES = [
    ("a window starts at the first step of the counted attempt", funnel("ab"),
     "a 10:00, a 12:00, b 12:30", ["1 12:00, 2 12:30"]),
    ("both ends of the window are included", funnel("ab"), "a 10:00, b 11:00", ["1 10:00, 2 11:00"]),
    ("a moment later is too late", funnel("ab"), "a 10:00, b 11:01", ["1 10:00"]),
    ("the earliest completed, and of those the latest started", funnel("ab"),
     "a 10:00, a 10:10, b 10:20, a 10:30, b 10:40", ["1 10:10, 2 10:20"]),
    ("a deeper attempt counts before an earlier one", funnel("abc"),
     "a 10:00, b 10:10, a 15:00, b 15:10, c 15:20", ["1 15:00, 2 15:10, 3 15:20"]),
    ("a step is reached when it first follows", funnel("abc"),
     "a 10:00, b 10:10, b 10:20, c 10:30", ["1 10:00, 2 10:10, 3 10:30"]),
    ("a new first step does not end older attempts", funnel("abc"),
     "a 10:00, b 10:50, a 10:55, c 10:58", ["1 10:00, 2 10:50, 3 10:58"]),
    ("nor does it lend them its time", funnel("abc"), "a 10:00, b 10:50, a 11:05, c 11:10", ["1 10:00, 2 10:50"]),
    ("one event does not follow itself", funnel("aa"), "a 10:00", ["1 10:00"]),
    ("at one moment the sequence tells which was first", funnel("aa"), "a 10:00, a 10:00, a 10:05", ["1 10:00, 2 10:00"]),
    ("but the next of its name does", funnel("aa"), "a 10:00, a 10:05", ["1 10:00, 2 10:05"]),
    ("without a first step there is no attempt", funnel("abc"), "b 10:00, c 10:05", []),
    ("loose: other steps may come between", funnel("abc"), "a 10:00, c 10:05, b 10:10, c 10:20",
     ["1 10:00, 2 10:10, 3 10:20"]),
    ("strict: another step of the funnel between ends the attempt", funnel("abc", "strict"),
     "a 10:00, c 10:05, b 10:10", ["1 10:00"]),
    ("strict: so does the same step again", funnel("abc", "strict"), "a 10:00, b 10:05, b 10:10, c 10:15",
     ["1 10:00, 2 10:05"]),
    ("strict: a first step again begins anew", funnel("ab", "strict"), "a 10:00, a 10:05, b 10:10",
     ["1 10:05, 2 10:10"]),
    ("strict: events of no step do not matter", funnel("ab", "strict"), "a 10:00, z 10:05, b 10:10",
     ["1 10:00, 2 10:10"]),
    ("strict events: any event between ends the attempt", funnel("ab", "strict_events"),
     "a 10:00, z 10:05, b 10:10", ["1 10:00"]),
    ("strict events: directly after each other", funnel("ab", "strict_events"),
     "z 09:00, a 10:00, b 10:10, z 10:20", ["1 10:00, 2 10:10"]),
    ("any: a step counts when it and all before it have happened", funnel("abc", "any"),
     "c 10:00, a 10:10, b 10:30", ["1 10:10, 2 10:30, 3 10:30"]),
    ("any: the window starts at the first of them", funnel("ab", "any"), "b 10:00, a 11:01, b 11:30",
     ["1 11:01, 2 11:30"]),
    ("any: the first step alone is an attempt, the second alone is none", funnel("ab", "any"), "b 10:00", []),
    ("an exclusion between two steps breaks the attempt", funnel("abc", exclusions=[("x", 1, 2)]),
     "a 10:00, x 10:05, b 10:10, c 10:15", ["1 10:00"]),
    ("elsewhere it does not matter", funnel("abc", exclusions=[("x", 1, 2)]),
     "x 09:59, a 10:00, b 10:05, x 10:10, c 10:15", ["1 10:00, 2 10:05, 3 10:15"]),
    ("blank bounds: between the first and the last step", funnel("abc", exclusions=[("x", None, None)]),
     "a 10:00, b 10:05, x 10:10, c 10:15", ["1 10:00, 2 10:05"]),
    ("what is broken stays broken", funnel("abc", exclusions=[("x", 2, 3)]),
     "a 10:00, b 10:05, x 10:10, b 10:15, c 10:20", ["1 10:00, 2 10:05"]),
    ("a new attempt is not broken by what was before it", funnel("ab", exclusions=[("x", 1, 2)]),
     "a 10:00, x 10:05, a 10:10, b 10:15", ["1 10:10, 2 10:15"]),
    ("any: an exclusion ends what went before", funnel("ab", "any", exclusions=[("x", None, None)]),
     "a 10:00, x 10:05, b 10:10", ["1 10:00"]),
    ("an optional step is reached between its neighbours", funnel("a(b)c"), "a 10:00, b 10:05, c 10:10",
     ["1 10:00, 2 10:05, 3 10:10"]),
    ("and can be left out", funnel("a(b)c"), "a 10:00, c 10:10, b 10:15", ["1 10:00, 3 10:10"]),
    ("strict: an optional step may come in its place", funnel("a(b)c", "strict"), "a 10:00, b 10:05, c 10:10",
     ["1 10:00, 2 10:05, 3 10:10"]),
    ("strict: and in no other", funnel("a(b)cd", "strict"), "a 10:00, c 10:05, b 10:10, d 10:15", ["1 10:00, 3 10:05"]),
    ("an optional step at the end has the rest of the window", funnel("ab(c)"), "a 10:00, b 10:05, c 11:00",
     ["1 10:00, 2 10:05, 3 11:00"]),
    ("steps of different values make no attempt", funnel("ab", same_property=True), "a1 10:00, b2 10:05", ["1 10:00"]),
    ("steps of one value do, whatever comes between", funnel("ab", same_property=True),
     "a1 10:00, a2 10:05, b1 10:10, b 10:15", ["1 10:00, 2 10:10"]),
    ("a session's end ends its attempts", funnel("ab", hours=3, same_session=True), "a 10:00, b 10:31", ["1 10:00"]),
    ("within a session", funnel("ab", hours=3, same_session=True), "a 10:00, a 11:00, b 11:30", ["1 11:00, 2 11:30"]),
    ("counted per session: an attempt in each", funnel("ab", counted_per="session"),
     "a 10:00, b 10:05, a 12:00, a 14:00, b 14:10", ["1 10:00, 2 10:05", "1 12:00", "1 14:00, 2 14:10"]),
    ("counted per unit: one in all", funnel("ab"), "a 10:00, b 10:05, a 12:00, a 14:00, b 14:10", ["1 10:00, 2 10:05"]),
]  # fmt: skip


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-01-05 {text}")


@pytest.mark.parametrize(
    ("one", "events", "attempts"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_by_hand(models: CompiledModels, one: Funnel, events: str, attempts: list[str]) -> None:
    stream = [
        Event(moment(time), 0, f"e{place:02}", name[0], name[1:] or None)
        for place, (name, time) in enumerate(event.split() for event in events.split(", "))
    ]
    # Exposed before anything happened, so that the experiment sees what everybody sees.
    exposure = Event(START, 0, "exposure", "seen", None)
    found = run(models, one, {"p0": stream}, exposure)
    expected = [
        [(int(step), moment(time)) for step, time in (reached.split() for reached in attempt.split(", "))]
        for attempt in attempts
    ]
    assert found == ({("all", "p0"): expected, ("e", "p0"): expected} if expected else {})


def test_an_event_at_the_exposures_moment_counts_if_ordered_after_it(models: CompiledModels) -> None:
    events = [
        Event(START, 0, "1", "a", None),
        Event(START, 1, "2", "a", None),
        Event(START, 1, "3", "b", None),
    ]
    found = run(models, funnel("ab"), {"p0": events}, events[1])
    assert found == {("all", "p0"): [[(1, START), (2, START)]]}
    found = run(models, funnel("ab"), {"p0": events}, events[0])
    assert found["e", "p0"] == [[(1, START), (2, START)]]
