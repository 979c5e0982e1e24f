"""Experiments that show little or nothing; units and totals that contradict themselves or the definitions.

Each experiment has its decision, each bad row its reason; no result is NaN, infinite, or NULL without note.
"""

import json
from datetime import datetime

import pytest
from harness import Build, Warehouse
from tiny import definitions

Row = dict[str, str]

HOSTILE = "x'); drop table events; -- <b>{{ 1 / 0 }}</b>"
EXPERIMENTS = (
    *("empty", "lonely", "one_zero", "all_zero", "all_one", "single_units"),
    *("events", "units", "counts", HOSTILE),
)


def unit(unit_id: str, variant: str, value: object, experiment: str = "units", **more: str) -> Row:
    row: Row = {"experiment_id": experiment, "unit_id": unit_id, "variant_id": variant, "value": str(value)}
    return row | {"metric_id": "signed_up", "exposed_at": "2026-01-02 10:00:00"} | more


DEVICES = ('{"device": "mobile"}', '{"device": "desktop"}')


def arms(experiment: str, units: int, converted_a: int, converted_b: int, kind: type = int) -> list[Row]:
    return [
        unit(f"{variant}{n}", variant, kind(n < converted), experiment, segments=DEVICES[n % 2])
        for variant, converted in (("a", converted_a), ("b", converted_b))
        for n in range(units)
    ]


# Reason → rows of the units door that must be set aside for it.
BAD_UNITS: dict[str, list[Row]] = {
    "unparseable_value": [unit("text", "a", "many")],
    "missing_value": [unit("blank", "a", " ")],
    "value_not_finite": [unit("nan", "a", "NaN"), unit("inf", "a", "-inf", metric_id="revenue")],
    "value_out_of_range": [unit("rich", "a", "1e12", metric_id="revenue")],
    "conversion_not_0_or_1": [unit("twice", "a", 2), unit("half", "a", 0.5)],
    "missing_denominator": [unit("ratio", "a", 1, metric_id="order_value")],
    "unknown_experiment": [unit("x", "a", 1, "never declared")],
    "unknown_variant": [unit("x", "c", 1)],
    "unknown_metric": [unit("x", "a", 1, metric_id="never declared")],
    "unparseable_exposed_at": [unit("soon", "a", 1, exposed_at="soon")],
    "exposed_in_future": [
        unit("2126", "a", 1, exposed_at="2126-01-01"),
        unit("inf", "a", 1, exposed_at="infinity"),
    ],
    "before_plausible_date": [unit("1970", "a", 1, exposed_at="1970-01-01")],
    "outside_experiment_period": [unit("late", "a", 1, exposed_at="2026-01-10")],
    "broken_segments": [unit("list", "a", 1, segments="[1]")],
    "missing_unit_id": [unit("", "a", 1)],
    "contradictory_variant": [unit("both", "a", 1, exposed_at=""), unit("both", "b", 1, exposed_at="")],
    "same_unit_other_values": [
        unit("changed", "a", 0, exposed_at="2026-01-02 12:00:00"),
        unit("moved", "b", 1, exposed_at="2026-01-02 12:00:00"),
    ],
}
DUPLICATE_UNITS = [unit("a0", "a", 1, segments=DEVICES[0])]
# Dimensions whose names would be paths or wildcards to whoever reads JSON carelessly; one has no name, one says nothing.
ODD_DIMENSIONS = {
    "$browser": "firefox",
    "*": "star",
    "/a~b": "path",
    "$.": "root",
    "": "no name",
    "blank": " ",
}
FIRST_UNITS = [unit("changed", "a", 1, segments=json.dumps(ODD_DIMENSIONS)), unit("moved", "a", 1)]


def total(variant: str, units: object, successes: object, day: str = "2026-01-02", **more: str) -> Row:
    row: Row = {
        "experiment_id": "counts",
        "variant_id": variant,
        "units": str(units),
        "successes": str(successes),
    }
    return row | {"metric_id": "signed_up", "day": day} | more


def revenue(
    variant: str, units: object, value_sum: object, sum_squares: object, day: str = "2026-01-02"
) -> Row:
    sums = {"metric_id": "revenue", "value_sum": str(value_sum), "value_sum_squares": str(sum_squares)}
    return total(variant, units, "", day) | sums


BAD_COUNTS: dict[str, list[Row]] = {
    "successes_outside_0_to_units": [total("a", 10, 11, "2026-01-04"), total("b", 10, -1, "2026-01-04")],
    "negative_units": [total("a", -10, 0, "2026-01-05")],
    "missing_units": [total("a", "", 1, "2026-01-05")],
    "unparseable_units": [total("a", "lots", 1, "2026-01-05"), total("a", "10.5", 1, "2026-01-05")],
    "unparseable_successes": [total("a", 10, "1.5", "2026-01-05")],
    "missing_successes": [total("a", 10, "", "2026-01-05")],
    "unparseable_day": [total("a", 10, 1, "soon")],
    "exposed_in_future": [total("a", 10, 1, "2126-01-01")],
    "before_plausible_date": [total("a", 10, 1, "1970-01-01")],
    "missing_sum_squares": [revenue("a", 10, 5, "", "2026-01-05")],
    "sum_squares_below_possible": [revenue("a", 2, 10, 49.9, "2026-01-06")],
    "value_not_finite": [
        revenue("a", 2, "inf", 1, "2026-01-06"),
        revenue("a", 2, 1e300, "inf", "2026-01-07"),
    ],
    "unknown_variant": [total("c", 10, 1)],
    "contradictory_counts": [total("a", 50, 5, "2026-01-03"), total("a", 50, 6, "2026-01-03")],
}
GOOD_COUNTS = [
    total("a", 100, 10),
    total("b", 100, 25),
    revenue("a", 100, 200.0, 900.0),
    revenue("b", 100, 260.0, 1200.0),
]


def shown(user: str, variant: str | None, time: str = "2026-01-02 10:00:00", name: str = "shown") -> Row:
    return {
        "event_id": f"{name} {user} {time}",
        "event_name": name,
        "event_time": time,
        "user_id": user,
        "properties": json.dumps({"experiment": "events", "variant": variant}),
    }


EVENTS = [
    *(shown(f"u{n}", "ab"[n % 2]) for n in range(20)),
    *(shown(f"u{n}", None, "2026-01-02 11:00:00", "signed_up") for n in range(0, 20, 3)),
    shown("stranger", "never declared"),
    shown("nameless", None),
    shown("early", "a", "2025-12-31 23:59:59"),
    shown("late", "a", "2026-01-10 00:00:00"),
]


def flat(cases: dict[str, list[Row]]) -> list[Row]:
    return [row for rows in cases.values() for row in rows]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, Build]:
    warehouse = Warehouse(tmp_path_factory.mktemp("experiments"))
    tables = definitions(*EXPERIMENTS)
    tables["variants"].remove({"experiment_id": "lonely", "variant_id": "b", "is_control": "false"})
    # Midnight in UTC, as a clock two hours east has it.
    by_name = {row["experiment_id"]: row for row in tables["experiments"]}
    by_name["events"]["ends_at"] = "2026-01-10T02:00:00+02:00"
    doors = warehouse.define(
        sent=EVENTS,
        units=[
            *arms("lonely", 20, 5, 0)[:20],
            *arms("one_zero", 40, 12, 0, kind=bool),
            *arms("all_zero", 40, 0, 0),
            *arms("all_one", 40, 40, 40),
            *arms("single_units", 1, 1, 0),
            *(unit(variant, variant, 7, "single_units", metric_id="revenue") for variant in "ab"),
            *arms(HOSTILE, 20, 5, 6),
            *arms("units", 20, 8, 9),
            *FIRST_UNITS,
            *DUPLICATE_UNITS,
            *flat(BAD_UNITS),
        ],
        counts=[*GOOD_COUNTS, GOOD_COUNTS[0], *flat(BAD_COUNTS)],
    )
    build = warehouse.build(
        variables={
            "definitions": warehouse.define(**tables),
            "as_of": "2026-02-01T02:00:00+02:00",
            "minimum_segment_units": 10,
            "minimum_variant_units": 5,
            "events": doors["sent"],
            "units": doors["units"],
            "counts": doors["counts"],
        },
    )
    return warehouse, build


def test_the_build_goes_on(built: tuple[Warehouse, Build]) -> None:
    _, build = built
    assert build.success, build.output
    assert build.statuses["nothing_is_lost"] == "pass"


def test_now_is_read_with_its_offset(built: tuple[Warehouse, Build]) -> None:
    warehouse, _ = built
    assert warehouse.execute("select as_of from int_as_of") == [(datetime(2026, 2, 1),)]


@pytest.mark.parametrize(("door", "cases"), [("units", BAD_UNITS), ("counts", BAD_COUNTS)])
def test_bad_rows_are_kept_with_their_reason(
    built: tuple[Warehouse, Build], door: str, cases: dict[str, list[Row]]
) -> None:
    warehouse, _ = built
    kept = warehouse.execute(
        "select reason, raw_payload from quality_quarantine where door = ? and record in ('unit', 'count')",
        [door],
    )
    found = sorted(
        (reason, json.dumps({k: v for k, v in json.loads(raw).items() if v}, sort_keys=True))
        for reason, raw in kept
    )
    expected = sorted(
        (reason, json.dumps({k: v for k, v in row.items() if v}, sort_keys=True))
        for reason, rows in cases.items()
        for row in rows
    )
    assert found == expected


def test_dimensions_of_any_name_are_read(built: tuple[Warehouse, Build]) -> None:
    warehouse, _ = built
    found = warehouse.execute(
        "select segment_dimension, segment_before_merge from unit_segments where unit_id = 'changed'"
        " and experiment_id = 'units' and segment_dimension not in ('all', 'device')"
    )
    named = {name: segment for name, segment in ODD_DIMENSIONS.items() if name}
    assert dict(found) == named | {"blank": "unknown"}


def test_every_row_is_accounted_for(built: tuple[Warehouse, Build]) -> None:
    warehouse, _ = built
    rows = warehouse.execute(
        "select door, sum(raw_rows), sum(valid_rows), sum(quarantined_rows), sum(conflicting_rows),"
        " sum(duplicate_rows) from quality_reconciliation group by door order by door"
    )
    bad_units = len(flat(BAD_UNITS))
    good_units = 20 + 3 * 80 + 2 + 2 + 2 * 40 + len(FIRST_UNITS)
    assert rows == [
        (
            "counts",
            len(GOOD_COUNTS) + 1 + len(flat(BAD_COUNTS)),
            len(GOOD_COUNTS),
            len(flat(BAD_COUNTS)),
            0,
            1,
        ),
        ("events", len(EVENTS), len(EVENTS), 0, 0, 0),
        ("units", good_units + 1 + bad_units, good_units, bad_units - 2, 2, 1),
    ]


def test_the_good_rows_go_on(built: tuple[Warehouse, Build]) -> None:
    warehouse, _ = built
    rows = warehouse.execute(
        "select experiment_id, variant_id, units, successes from agg_variant_metrics"
        " where segment_dimension = 'all' and metric_id = 'signed_up'"
        " and experiment_id in ('events', 'units', 'counts') order by all"
    )
    assert rows == [
        ("counts", "a", 100, 10),
        ("counts", "b", 100, 25),
        ("events", "a", 10, 4),
        ("events", "b", 10, 3),
        ("units", "a", 22, 10),
        ("units", "b", 20, 9),
    ]


def test_a_unit_of_two_variants_stays_in_the_first(built: tuple[Warehouse, Build]) -> None:
    warehouse, _ = built
    assert warehouse.execute(
        "select unit_id, variant_id, is_contaminated from fct_exposures"
        " where unit_id in ('moved', 'changed', 'both') order by unit_id"
    ) == [("changed", "a", False), ("moved", "a", True)]


def test_exposures_that_do_not_count_are_kept_with_their_reason(built: tuple[Warehouse, Build]) -> None:
    warehouse, _ = built
    kept = warehouse.execute("select reason, row_key from quality_quarantine where record = 'exposure'")
    assert sorted(kept) == [
        ("missing_variant", "events/shown nameless 2026-01-02 10:00:00"),
        ("outside_experiment_period", "events/shown early 2025-12-31 23:59:59"),
        ("outside_experiment_period", "events/shown late 2026-01-10 00:00:00"),
        ("unknown_variant", "events/shown stranger 2026-01-02 10:00:00"),
    ]
    assert warehouse.execute("select count(*) from fct_exposures where experiment_id = 'events'") == [(20,)]


@pytest.mark.parametrize(
    ("experiment", "verdict", "words"),
    [
        ("empty", "cannot be trusted", "no unit was exposed: check the exposure rules and the dates"),
        ("lonely", "cannot be trusted", "1 variant(s) declared: nothing to compare"),
        ("one_zero", "stop", "gets worse: b against a -100.0%"),
        ("all_zero", "stop", "no difference shown"),
        ("all_one", "stop", "no difference shown"),
        ("single_units", "stop", "no difference shown"),
        ("events", "stop", "no difference shown"),
        ("units", "stop", "no difference shown"),
        ("counts", "ship", "b against a +150.0%"),
        (HOSTILE, "stop", "no difference shown"),
    ],
)
def test_each_experiment_has_its_decision(
    built: tuple[Warehouse, Build], experiment: str, verdict: str, words: str
) -> None:
    warehouse, _ = built
    ((found, evidence),) = warehouse.execute(
        "select verdict, evidence from results_decisions where experiment_id = ?", [experiment]
    )
    assert (found, words in evidence) == (verdict, True), evidence


def numbers(warehouse: Warehouse, table: str) -> list[str]:
    found = warehouse.execute(
        "select column_name from information_schema.columns where table_name = ? and data_type = 'DOUBLE'",
        [table],
    )
    return [column for (column,) in found]


def test_no_number_is_nan_or_infinite(built: tuple[Warehouse, Build]) -> None:
    warehouse, _ = built
    tables = warehouse.execute(
        "select table_name from information_schema.tables"
        " where table_schema = 'microlift' and regexp_matches(table_name, '^(results|agg|fct|dim)_')"
    )
    assert len(tables) > 12
    for (table,) in tables:
        bad = " or ".join(f"not isfinite({column})" for column in numbers(warehouse, table)) or "false"
        assert warehouse.table(f"select * from {table} where {bad}") == [], table


@pytest.mark.parametrize(
    ("table", "words", "has_no_such_number"),
    [
        ("results_intervals", "note", "false"),
        ("results_comparisons", "note", "kind != 'conversion' and starts_with(name, 'odds_ratio')"),
        # A coefficient has its own p and interval; statistic and correction are of the row `interaction`.
        ("results_interactions", "note", "term = 'coefficient' and not name in ('estimate', 'p_value')"),
        ("results_health", "detail", "false"),
        ("results_decisions", "evidence", "false"),
    ],
)
def test_what_is_null_has_a_note(
    built: tuple[Warehouse, Build], table: str, words: str, has_no_such_number: str
) -> None:
    warehouse, _ = built
    nulls = " union all ".join(
        f"select '{name}' as name, * from {table} where {name} is null" for name in numbers(warehouse, table)
    )
    assert warehouse.table(nulls)
    assert (
        warehouse.table(f"select * from ({nulls}) where {words} is null and not ({has_no_such_number})") == []
    )
