"""`microlift taxonomy` and `microlift prelaunch`: what they write and print, and what they say when they cannot."""

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from compiled import CompiledModels
from test_prelaunch import RULE, A, check, event

from microlift.cli import main

TABLES = ("dim_events", "dim_event_properties", "int_event_names", "quality_prelaunch")


@pytest.fixture(scope="module")
def database(models: CompiledModels, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with two events and an experiment that is about to start."""
    models = models
    models.fill(
        def_events=[{"event_name": "seen"}, {"event_name": "[b]bought[/b]", "other_properties": "flag"}],
        def_event_properties=[
            {
                "event_name": "seen",
                "property": "arm",
                "type": "text",
                "is_required": "true",
                "severity": "quarantine",
            }
        ],
    )
    models.run("dim_events", "dim_event_properties", "int_event_names")
    check(models, [event("seen", A)], rules=[RULE], metrics=[{"event_name": "[b]bought[/b]"}])
    path = tmp_path_factory.mktemp("commands") / "built.duckdb"
    models.connection.execute(f"attach '{path}' as copied; create schema copied.microlift")
    for table in TABLES:
        models.connection.execute(f"create table copied.microlift.{table} as from {table}")
    models.connection.execute("detach copied")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def test_taxonomy_is_written(database: Path, tmp_path: Path) -> None:
    result = run("taxonomy", "--database", database, "--output", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert result.output == f"3 schemas under {tmp_path}/out/\n"
    seen = json.loads((tmp_path / "out" / "events" / "seen.schema.json").read_text())
    assert seen["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert seen["required"] == ["arm"]
    combined = json.loads((tmp_path / "out" / "events.schema.json").read_text())
    assert combined["properties"]["event_name"]["enum"] == ["[b]bought[/b]", "seen"]


def test_a_folder_that_cannot_be_written_is_named(database: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("taxonomy", "--database", database, "--output", tmp_path / "file")
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {tmp_path}/file cannot be written: ")


@pytest.mark.parametrize("arguments", [(), ("e",)])
def test_prelaunch_is_printed(database: Path, arguments: tuple[str, ...]) -> None:
    result = run("prelaunch", *arguments, "--database", database)
    assert result.exit_code == 0, result.output
    assert "e, about to start" in result.output
    assert "No exposure in 7 days to b" in result.output
    assert "No '[b]bought[/b]' has ever arrived" in result.output


def test_an_unknown_experiment_is_named_with_the_known(database: Path) -> None:
    result = run("prelaunch", "'; drop table x; --", "--database", database)
    assert result.exit_code == 1
    assert "drop table x" in result.output
    assert "there is of: e" in result.output


@pytest.mark.parametrize("command", ["taxonomy", "prelaunch"])
def test_without_a_warehouse_they_say_what_to_do(command: str, tmp_path: Path) -> None:
    missing = run(command, "--database", tmp_path / "none.duckdb")
    assert (missing.exit_code, "run `dbt build` first" in missing.output) == (1, True)
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    empty = run(command, "--database", tmp_path / "empty.duckdb")
    assert (empty.exit_code, "yet: run `dbt build`" in empty.output) == (1, True)
    (tmp_path / "text.duckdb").write_text("no database" * 1000)
    broken = run(command, "--database", tmp_path / "text.duckdb")
    assert (broken.exit_code, "cannot be opened" in broken.output) == (1, True)
