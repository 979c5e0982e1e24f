"""Definitions that cannot be used stop the build with the table, the row, the problem and the fix."""

import tomllib
from pathlib import Path

import pytest
from harness import Build, Warehouse
from tiny import definitions

CASES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
# One condition more than a dimension has room for.
CASES["segments"] += [
    {"row": {"segment_dimension": "wide", "segment": "s", "priority": "1", "all_of": "x", "source": "unit", "attribute": "plan",
             "operator": "not_equals", "value": str(number)}, "says": []}
    for number in range(61)
]  # fmt: skip
CASES["segments"][-1]["says"] = [
    "(segment_dimension=wide): it has 61 different conditions with a label in all_of; keep to 60; part the dimension in two"
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, Build]:
    warehouse = Warehouse(tmp_path_factory.mktemp("definitions"))
    tables = definitions("e1", "e2")
    for name, cases in CASES.items():
        tables[name] = tables.get(name, []) + [case["row"] for case in cases]
    build = warehouse.build(
        "--select",
        *("+definition_problems", "dim_experiments", "int_allocations"),
        variables={"definitions": warehouse.define(**tables)},
    )
    return warehouse, build


EXPECTED = sorted(
    f"{name} {says}" for name, cases in CASES.items() for case in cases for says in case["says"]
)


def test_each_bad_row_is_named_with_problem_and_fix(built: tuple[Warehouse, Build]) -> None:
    warehouse, _ = built
    found = warehouse.execute(
        "select definition || ' (' || row_key || '): ' || problem || '; ' || fix from definition_problems"
    )
    assert sorted(words for (words,) in found) == EXPECTED


def test_the_build_stops_and_says_so(built: tuple[Warehouse, Build]) -> None:
    _, build = built
    assert not build.success
    message = build.messages["definitions_are_valid"]
    assert f"- {EXPECTED[0]}" in message
    assert "- and more: select * from" in message
    assert all(line in build.output for line in message.splitlines()[1:])
    assert build.statuses["dim_experiments"] == build.statuses["int_allocations"] == "skipped"


def test_tables_that_cannot_be_read_are_named_together(warehouse: Warehouse) -> None:
    tables = definitions()
    without_kind = [{"metric_id": "signed_up", "event_name": "signed_up"}]
    given = warehouse.define(**(tables | {"metrics": without_kind}))
    del given["events"]
    build = warehouse.build(
        *("--select", "+definition_problems"),
        variables={"definitions": given | {"variants": "raw.nothing_here", "metrcs": "raw.metrics"}},
    )
    assert not build.success
    message = build.messages["definition_sources"]
    assert message in build.output
    for words in (
        "`metrcs` is no definition table; known are experiments, variants,",
        '`variants`: there is no table "warehouse"."raw"."nothing_here"; create it, or correct the name',
        '`metrics`: "warehouse"."raw"."metrics" has no column `kind`; add it (columns found: metric_id,',
    ):
        assert words in message
