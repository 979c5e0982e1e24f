"""Refreshes equal a full build, row for row, whatever arrives, late, twice, changed or no more."""

import copy
import random
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from harness import Warehouse
from streams import DEFINITIONS, Arrivals, world

WORLDS = 400
ROUNDS = 5
VARIABLES = {"minimum_segment_units": 10, "minimum_variant_units": 3, "max_quarantine_rate": 1}

LOGS = ("cluster_fits", "int_sequential_log", "int_plan_log", "int_erased_ids")
# What records history: logs, arrivals and findings of a run, and the build in which a row was written (column `version`).
HISTORY = (
    "quality_validations",
    "int_build_states",
    "int_events_arrived",
    "int_repeated_ids",
    "int_run",
    *LOGS,
)


def contents(warehouse: Warehouse) -> dict[str, list[Any]]:
    """Every row of every table, but for what records history."""
    found = {}
    for (name,) in warehouse.execute(
        "select table_name from information_schema.tables where table_schema = 'microlift'"
    ):
        if name in HISTORY or name.endswith("_changes") or name.startswith("validate_"):
            continue
        columns = [row[0] for row in warehouse.execute(f"describe microlift.{name}")]
        kept = ", ".join(f'"{column}"' for column in columns if column != "version")
        found[name] = warehouse.execute(f"select {kept} from microlift.{name} order by all")
    return found


def assert_same(refreshed: Warehouse, rebuilt: Warehouse) -> None:
    found, wanted = contents(refreshed), contents(rebuilt)
    assert found.keys() == wanted.keys()
    different = {
        name: set(map(repr, found[name])) ^ set(map(repr, wanted[name]))
        for name in wanted
        if found[name] != wanted[name]
    }
    told = "\n".join(f"{name}: {sorted(rows)[:3]}" for name, rows in different.items())
    assert not different, told


class Refreshes:
    """A warehouse that is refreshed as files land, and the means to build the like of it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.arrivals = Arrivals(folder / "landing", WORLDS, ROUNDS, seed=20260105)
        self.definitions = copy.deepcopy(DEFINITIONS)
        self.warehouse = self._warehouse("refreshed")

    def _warehouse(self, name: str) -> Warehouse:
        (self.folder / name).mkdir()
        return Warehouse(self.folder / name)

    def build(self, *arguments: str, warehouse: Warehouse | None = None, **changed: Any) -> None:
        target = warehouse or self.warehouse
        variables = VARIABLES | {
            "events": f"{self.folder}/landing/*.ndjson",
            "unit_attributes": f"{self.folder}/landing/attributes.csv",
            "definitions": target.define(**self.definitions),
            **changed,
        }
        build = target.build(*arguments, variables=variables)
        assert build.success, build.output[-3000:]

    def rebuilt(self, name: str) -> Warehouse:
        """Built at once from all that is there, with the logs that the refreshed one knows."""
        warehouse = self._warehouse(name)
        with duckdb.connect(str(warehouse.database)) as connection:
            connection.execute(f"attach '{self.warehouse.database}' as refreshed (read_only)")
            connection.execute("create schema if not exists microlift")
            for log in LOGS:
                connection.execute(f"create table microlift.{log} as from refreshed.microlift.{log}")
        self.build(warehouse=warehouse)
        return warehouse

    def compiled(self, model: str) -> str:
        """The SQL that the last build ran."""
        return next((self.warehouse.folder / "target" / "compiled").rglob(f"{model}.sql")).read_text()

    def written_last(self, table: str) -> tuple[int, int]:
        """Rows that the last build wrote, and all rows."""
        newest = "select max(version) from int_build_states where model = 'int_event_store'"
        return self.warehouse.execute(
            f"select count(*) filter (where version = ({newest})), count(*) from {table}"
        )[0]


@pytest.fixture(scope="module")
def refreshes(tmp_path_factory: pytest.TempPathFactory) -> Refreshes:
    refreshes = Refreshes(tmp_path_factory.mktemp("incremental"))
    for number in range(ROUNDS - 1):
        refreshes.arrivals.land(number)
        refreshes.build()
    return refreshes


def test_any_sequence_of_refreshes_equals_a_full_build(refreshes: Refreshes) -> None:
    rebuilt = refreshes.rebuilt("after_arrivals")
    assert rebuilt.execute("select count(*) from fct_exposures")[0][0] > 300
    fired = dict(rebuilt.execute("select rule_id, count(*) from fct_adjustment_triggers group by rule_id"))
    assert min(fired["a"], fired["b"], rebuilt.execute("select count(*) from fct_adjustments")[0][0]) > 100, (
        fired
    )
    assert_same(refreshes.warehouse, rebuilt)
    written, rows = refreshes.written_last("int_person_events")
    assert 0 < written < 0.8 * rows


def test_a_refresh_without_news_writes_nothing(refreshes: Refreshes) -> None:
    refreshes.build()
    for table in ("int_event_store", "int_person_events"):
        assert refreshes.written_last(table)[0] == 0


def test_an_edited_definition_recomputes_what_it_changes(refreshes: Refreshes) -> None:
    refreshes.definitions["metrics"][0]["window_end_hours"] = "3"
    refreshes.definitions["metrics"].append({
        "metric_id": "clicked", "kind": "count", "event_name": "clicked", "window_end_hours": "12",
    })  # fmt: skip
    refreshes.definitions["experiment_metrics"].append(
        {"experiment_id": "by_user", "metric_id": "clicked", "role": "secondary"}
    )
    refreshes.build()
    assert_same(refreshes.warehouse, refreshes.rebuilt("after_edit"))
    # The events know nothing of metrics.
    assert refreshes.written_last("int_person_events")[0] == 0


@pytest.mark.parametrize("last", ["int_event_store", "int_person_events"])
def test_a_build_that_broke_off_is_made_good(refreshes: Refreshes, last: str) -> None:
    """New files, of which only a part of the models, up to `last`, gets to know; then a whole build."""
    number = ROUNDS - 1
    refreshes.arrivals.land(number)
    (refreshes.folder / "landing" / f"for_{last}.ndjson").write_text(
        (refreshes.folder / "landing" / f"round{number}a.ndjson").read_text().replace('"w1', f'"{last}')
    )
    refreshes.build("--select", f"+{last}")
    refreshes.build("--select", "int_look_changes")
    refreshes.build()
    assert_same(refreshes.warehouse, refreshes.rebuilt(f"after_{last}"))


def test_a_full_refresh_forgets_what_was(refreshes: Refreshes) -> None:
    copied = refreshes._warehouse("copied")
    shutil.copy(refreshes.warehouse.database, copied.database)
    refreshes.build("--full-refresh", warehouse=copied)
    assert_same(refreshes.warehouse, copied)


def test_clusters_are_fitted_anew_when_asked(refreshes: Refreshes) -> None:
    """Kept over all refreshes so far; then the second fit, on all that came, continues the labels of the first."""
    counts = "select clustering_id, max(fit_number), count(*) from cluster_fits where is_chosen group by all order by all"
    assert refreshes.warehouse.execute(counts) == [("before", 1, 1), ("since", 1, 1), ("visits", 1, 1)]
    scored = "select unit_id, experiment_id, clustering_id, cluster from unit_clusters order by all"
    before = refreshes.warehouse.execute(scored)
    refreshes.build("--select", "int_cluster_fits_due+", refit_clusters=True)
    assert refreshes.warehouse.execute(counts) == [("before", 2, 2), ("since", 2, 2), ("visits", 2, 2)]
    after = refreshes.warehouse.execute(scored)
    assert [row[:3] for row in after] == [row[:3] for row in before]
    same = sum(row == earlier for row, earlier in zip(after, before, strict=True)) / len(after)
    assert same > 0.5


def test_a_file_that_only_adds_rows_is_held_against_few(refreshes: Refreshes) -> None:
    """Only persons are randomised, and rows come of some: new ids and old ones, sign-ins on known devices."""
    for table in ("experiments", "variants", "exposure_rules"):
        rows = refreshes.definitions[table]
        refreshes.definitions[table] = [row for row in rows if row["experiment_id"] == "by_user"]
    refreshes.build()
    opted_out = {name for (name,) in refreshes.warehouse.execute("select distinct id from int_opt_outs")}
    added = [
        row | {"properties": row["properties"] | {"opts_out": False}}
        for number in range(0, WORLDS, 4)
        for row in world(number, random.Random(WORLDS + number))
        if not opted_out & {row["user_id"], row["device_id"]}
    ]
    refreshes.arrivals.write("only_added", added)
    repeats = refreshes.warehouse.execute("select count(*) from int_event_repeats")[0][0]
    refreshes.build()
    assert "perhaps_changed" in refreshes.compiled("int_person_changes")
    assert "version >" in refreshes.compiled("int_metric_events")
    assert refreshes.warehouse.execute("select count(*) from int_event_repeats")[0][0] > repeats + 100
    assert_same(refreshes.warehouse, refreshes.rebuilt("after_addition"))
    written, rows = refreshes.written_last("int_person_events")
    assert 0 < written < 0.5 * rows
