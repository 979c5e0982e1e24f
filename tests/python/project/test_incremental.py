"""Refreshes equal a full build, row for row, whatever arrives, late, twice, changed or no more."""

from pathlib import Path
from typing import Any

import pytest
from harness import Warehouse
from streams import DEFINITIONS, Arrivals

WORLDS = 400
ROUNDS = 4

HISTORY = ("quality_validations", "int_build_states", "int_run")


def contents(warehouse: Warehouse) -> dict[str, list[Any]]:
    """Every row of every table, but for what records history: logs, and in which build a row was written."""
    found = {}
    for (name,) in warehouse.execute("select table_name from information_schema.tables where table_schema = 'microlift'"):
        if name in HISTORY or name.endswith("_changes") or name.startswith("validate_"):
            continue
        columns = [row[0] for row in warehouse.execute(f"describe microlift.{name}")]
        kept = ", ".join(f'"{column}"' for column in columns if column != "version")
        found[name] = warehouse.execute(f"select {kept} from microlift.{name} order by all")
    return found


@pytest.fixture(scope="module")
def variables() -> dict[str, Any]:
    return {"minimum_segment_units": 10, "minimum_variant_units": 3, "max_quarantine_rate": 1}


def test_any_sequence_of_refreshes_equals_a_full_build(tmp_path: Path, variables: dict[str, Any]) -> None:
    arrivals = Arrivals(tmp_path / "landing", WORLDS, ROUNDS, seed=20260105)
    refreshed, rebuilt = Warehouse(tmp_path / "refreshed"), Warehouse(tmp_path / "rebuilt")
    for warehouse in (refreshed, rebuilt):
        warehouse.folder.mkdir()
    doors = {"events": f"{tmp_path}/landing/*.ndjson"} | variables
    for number in range(ROUNDS):
        arrivals.land(number)
        build = refreshed.build(variables=doors | {"definitions": refreshed.define(**DEFINITIONS)})
        assert build.success, build.output[-3000:]
    build = rebuilt.build(variables=doors | {"definitions": rebuilt.define(**DEFINITIONS)})
    assert build.success, build.output[-3000:]
    found, wanted = contents(refreshed), contents(rebuilt)
    assert found.keys() == wanted.keys()
    assert len(wanted["fct_exposures"]) > 300
    different = {name: set(found[name]) ^ set(wanted[name]) for name in wanted if found[name] != wanted[name]}
    assert not different, "\n".join(f"{name}: {sorted(rows, key=str)[:3]}" for name, rows in different.items())
