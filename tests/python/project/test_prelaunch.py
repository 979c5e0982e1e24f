"""The pre-launch check: what it says of an experiment's events, case by case."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from compiled import CompiledModels, Row

NOW = datetime(2026, 2, 1)
YESTERDAY = NOW - timedelta(days=1)
MODELS = (
    "int_taxonomy_judged",
    "int_watched_events",
    "int_watched_counts",
    "int_watched_matches",
    "int_watched_names",
    "quality_prelaunch",
)
A, B = {"of": "e", "arm": "a"}, {"of": "e", "arm": "b"}

RULE: Row = {
    "rule_id": "r", "experiment_id": "e", "event_name": "seen", "property": "of", "operator": "equals", "value": "e",
    "variant_property": "arm",
}  # fmt: skip


def event(name: str, properties: Row, time: datetime = YESTERDAY, **more: Any) -> Row:
    return {
        "event_name": name, "properties": json.dumps(properties), "event_time": time, "received_time": time,
        "device_id": "d", "session_id": "s", "load_id": "file",
    } | more  # fmt: skip


def check(
    models: CompiledModels,
    events: list[Row],
    rules: list[Row] | None = None,
    metrics: list[Row] | None = None,
    experiment: Row | None = None,
    exposed: int = 0,
    steps: list[Row] | None = None,
) -> dict[str, Row]:
    """The rows of the check by role and name."""
    events = [{"event_id": f"e{place:03}"} | row for place, row in enumerate(events)]
    valid = [row for row in events if not row.get("quarantine_reason") and not row.get("exclusion_reason")]
    models.fill(
        int_as_of=[{"as_of": NOW}],
        dim_experiments=[
            {"experiment_id": "e", "experiment_name": "E", "unit_type": "user"} | (experiment or {})
        ],
        dim_variants=[{"experiment_id": "e", "variant_id": variant} for variant in "ab"],
        int_allocations=[{"experiment_id": "e", "variant_id": variant, "weight": 0.5} for variant in "ab"],
        int_exposure_rules=[RULE] if rules is None else rules,
        int_metric_specs=[
            {"experiment_id": "e", "metric_id": "m", "part": "value"} | row for row in metrics or []
        ],
        int_funnels=[{"funnel_id": "f", "counts_whom": "both"}] if steps else [],
        int_funnel_steps=[
            {"funnel_id": "f", "step_number": n} | row for n, row in enumerate(steps or [], start=1)
        ],
        int_exposures=[{"experiment_id": "e", "unit_id": f"u{n}"} for n in range(exposed)],
        int_event_rules=[],
        int_person_events=[{k: v for k, v in row.items() if k != "property_problems"} for row in valid],
        int_units_checked=[],
        int_counts_checked=[],
    )
    models.connection.execute("insert into int_event_rules by name select 'bought' as event_name")
    models.connection.execute(
        "create or replace table int_events_checked as from built.microlift.int_events_checked limit 0"
    )
    for row in events:
        names = [name for name in row if name != "session_id"]
        models.connection.execute(
            f"insert into int_events_checked ({', '.join(names)}) values ({', '.join('?' * len(names))})",
            [row[name] for name in names],
        )
    models.run(*MODELS)
    result = models.connection.execute("select * from quality_prelaunch")
    columns = [column[0] for column in result.description]
    rows = [dict(zip(columns, values, strict=True)) for values in result.fetchall()]
    return {f"{row['role']} {row['name']}": row for row in rows}


OLD = NOW - timedelta(days=8)
STAFF = {"exclusion_reason": "internal"}
BROKEN = {"quarantine_reason": "missing_unit_id"}

# Events, the status of the exposure rule, and words of the advice.
CASES: dict[str, tuple[list[Row], str, str]] = {
    "nothing": ([], "never seen", "No 'seen' has ever arrived"),
    "long ago": ([event("seen", A, OLD)], "silent", "the last on 2026-01-24"),
    "broken": ([event("seen", A, **BROKEN)], "all quarantined", "the last for missing_unit_id"),
    "another experiment": ([event("seen", {"of": "x", "arm": "a"})], "never matched", "exposure_rules"),
    "no variant": ([event("seen", {"of": "e"})], "properties missing", "'arm' cannot be read in 100.0%"),
    "a null variant": ([event("seen", {"of": "e", "arm": None})], "properties missing", "'arm' cannot be read in 100.0%"),
    "another spelling": (
        [event("seen", A), event("seen", {"of": "e", "arm": "B'; --"})], "unknown variant",
        "1 of 2 exposures name a variant that is not defined, such as 'B'; --'",
    ),
    "one variant": ([event("seen", A)], "variant missing", "No exposure in 7 days to b:"),
    "only staff": ([event("seen", A, **STAFF), event("seen", B, **STAFF)], "internal only", "fine before the launch"),
    "both": ([event("seen", A), event("seen", B), event("seen", A, **STAFF)], "fires", "Nothing"),
    "one in a hundred lacks it": (
        [event("seen", {"of": "e"}), *[event("seen", A)] * 50, *[event("seen", B)] * 50], "fires", "Nothing",
    ),
    "one in fifty lacks it": (
        [event("seen", {"of": "e"}), *[event("seen", A)] * 25, *[event("seen", B)] * 25], "properties missing", "in 2.0%",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("events", "status", "words"), CASES.values(), ids=CASES)
def test_status(models: CompiledModels, events: list[Row], status: str, words: str) -> None:
    (row,) = check(models, events).values()
    assert (row["role"], row["name"], row["status"]) == ("exposure", "r", status)
    assert words in row["what_to_do"]


def test_counts(models: CompiledModels) -> None:
    events = [
        event("seen", A, NOW - timedelta(days=6)), event("seen", A), event("seen", A, **STAFF), event("seen", B, OLD),
        event("seen", {"of": "x", "arm": "a"}), event("seen", {"of": "e", "arm": "c"}), event("seen", A, **BROKEN),
    ]  # fmt: skip
    (row,) = check(models, events).values()
    assert (row["events_of_name"], row["events"], row["internal_events"], row["quarantined_events"]) == (
        5,
        4,
        1,
        1,
    )
    assert row["events_per_day"] == pytest.approx(4 / 7)
    assert (row["events_by_variant"], row["silent_variants"]) == ("a: 3; b: 0", "b")
    assert (row["events_of_unknown_variants"], row["unread_share"]) == (1, 0)
    assert row["last_event_at"] == row["event_last_seen_at"] == YESTERDAY


def test_phases(models: CompiledModels) -> None:
    seen = [event("seen", A)]

    def found(exposed: int, **experiment: datetime) -> tuple[str, str]:
        row = check(models, seen, experiment=dict(experiment), exposed=exposed)["exposure r"]
        return row["phase"], row["status"]

    assert found(5) == ("running", "variant missing")
    assert found(0) == ("about to start", "variant missing")
    assert found(5, starts_at=NOW + timedelta(hours=1)) == ("about to start", "variant missing")
    assert found(5, ends_at=NOW) == ("ended", "ended")


def test_rules_of_fixed_variants_and_weights_of_none(models: CompiledModels) -> None:
    """A rule that names its variant sees no other; a variant that never gets a unit need not be seen."""
    fixed = [
        {"rule_id": f"r_{arm}", "experiment_id": "e", "event_name": f"seen_{arm}", "variant_id": arm}
        for arm in "ab"
    ]
    rows = check(models, [event("seen_a", {})], rules=fixed)
    assert rows["exposure r_a"]["events_by_variant"] == "a: 1"
    assert rows["exposure r_a"]["status"] == "fires"
    assert rows["exposure r_b"]["status"] == "never seen"
    assert check(models, [], rules=[])["exposure None"]["status"] == "no exposure rule"


def test_exposures_without_the_unit(models: CompiledModels) -> None:
    events = [event("seen", A, device_id=None), event("seen", B)]
    by_device = check(models, events, experiment={"unit_type": "device"})["exposure r"]
    assert (by_device["missing_unit_share"], by_device["status"]) == (0.5, "properties missing")
    assert "the unit's id is absent in 50.0%" in by_device["what_to_do"]
    assert check(models, events)["exposure r"]["status"] == "fires"


def test_metrics_and_funnels(models: CompiledModels) -> None:
    metrics: list[Row] = [
        {"metric_id": "sum", "event_name": "bought", "value_property": "price"},
        {
            "metric_id": "dear",
            "event_name": "bought",
            "property": "price",
            "operator": "at_least",
            "operand": "10",
        },
        {"metric_id": "ratio", "part": "denominator", "event_name": "bought"},
        {"metric_id": "left", "event_name": "left"},
    ]
    events = [
        event("bought", {"price": 5}),
        event("bought", {"price": "12"}),
        event("bought", {"price": "dear"}),
    ]
    rows = check(models, events, metrics=metrics, steps=[{"event_name": "seen"}, {"event_name": "bought"}])
    assert {name: (row["events"], row["status"]) for name, row in rows.items()} == {
        "exposure r": (0, "never seen"), "metric sum": (3, "properties missing"), "metric dear": (1, "fires"),
        "denominator ratio": (3, "fires"), "metric left": (0, "never seen"), "funnel step f 1": (0, "never seen"),
        "funnel step f 2": (3, "fires"),
    }  # fmt: skip
    assert rows["metric sum"]["unread_share"] == pytest.approx(1 / 3)
    assert "correct the name in metrics" in rows["metric left"]["what_to_do"]


def test_what_the_taxonomy_finds(models: CompiledModels) -> None:
    def problem(name: str, severity: str) -> list[Row]:
        return [{"property": "price", "problem": name, "severity": severity}]

    lacking = event("bought", {}, property_problems=problem("missing_property", "flag"))
    wrong = event(
        "bought", {"price": "x"}, property_problems=problem("wrong_property_type", "quarantine"),
        quarantine_reason="wrong_property_type",
    )  # fmt: skip
    row = check(
        models,
        [lacking, wrong, event("bought", {"price": 1}), event("bought", {"price": 2})],
        metrics=[{"event_name": "bought"}],
    )["metric m"]
    assert row["missing_property_share"] == 0.25
    assert row["property_problems"] == "price: missing_property 25.0%; price: wrong_property_type 25.0%"
    assert row["status"] == "properties missing"
    assert row["property_problems"] in row["what_to_do"]
