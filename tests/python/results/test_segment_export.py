"""`microlift segments`: who is in which segment, as files."""

import json
import os
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from microlift.cli import main

UNITS = [
    ("e", "p", "device", "mobile", "at_exposure"),
    ("e", "p", "all", "all", "at_exposure"),
    ("e", "o'q", "device", "other", "at_exposure"),
    ("e", "o'q", "archetype", "buyer", "post_exposure"),
    ("f", "p", "device", "mobile", "at_exposure"),
]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "built.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            create schema microlift; use microlift;
            create table unit_segments (experiment_id text, unit_id text, segment_dimension text, segment text, basis text);
            create table fct_exposures (experiment_id text, unit_id text, variant_id text);
            create table dim_segments (experiment_id text, segment_dimension text);
            insert into fct_exposures values ('e', 'p', 'a'), ('e', 'o''q', 'b'), ('f', 'p', 'b');
        """)
        connection.executemany("insert into unit_segments values (?, ?, ?, ?, ?)", UNITS)
        connection.execute(
            "insert into dim_segments select distinct experiment_id, segment_dimension from unit_segments"
        )
    return path


def run(database: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["segments", *map(str, arguments), "--database", str(database)])


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_both_formats_hold_the_same_rows_in_order(database: Path, tmp_path: Path) -> None:
    files = tmp_path / "users.parquet", tmp_path / "it's.jsonl"
    result = run(database, *files)
    assert result.output == f"4 rows in {files[0]} and {files[1]}\n"
    columns = ("experiment_id", "unit_id", "segment_dimension", "segment", "basis")
    expected = [dict(zip(columns, row, strict=True)) for row in sorted(UNITS) if row[2] != "all"]
    assert lines(files[1]) == expected
    assert [
        dict(zip(columns, row, strict=True)) for row in duckdb.read_parquet(str(files[0])).fetchall()
    ] == expected


def test_filters_and_variant(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "users.ndjson"
    run(database, path, "--experiment", "e", "--dimension", "device", "--variant")
    assert [(row["unit_id"], row["variant_id"]) for row in lines(path)] == [("o'q", "b"), ("p", "a")]
    run(database, path, "--dimension", "all")
    assert [row["segment"] for row in lines(path)] == ["all"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["users.csv"], "users.csv: name a file that ends in .parquet, .jsonl, .ndjson"),
        (["gone/users.parquet"], "there is no folder gone; create it first"),
        (["--dimension", "plan"], "no segment_dimension is 'plan'; known are all, archetype, device"),
        (["--experiment", "g"], "no experiment_id is 'g'; known are e, f"),
        (["--experiment", "f", "--dimension", "archetype"], "there is nothing to export: no exposed unit"),
    ],
)
def test_what_cannot_be_exported_is_said(
    database: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    with CliRunner().isolated_filesystem(tmp_path) as folder:
        result = run(database, *arguments)
        assert (result.exit_code, result.output.count("Traceback")) == (1, 0)
        assert words in result.output
        assert list(Path(folder).iterdir()) == []


def test_a_warehouse_without_segments(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "empty.duckdb")):
        pass
    assert "holds no microlift segments yet: run `dbt build`" in run(tmp_path / "empty.duckdb").output
    assert "there is no" in run(tmp_path / "gone.duckdb").output


def test_files_change_together_or_not_at_all(database: Path, tmp_path: Path) -> None:
    kept, second = tmp_path / "users.parquet", tmp_path / "users.jsonl"
    kept.write_text("of yesterday")
    (tmp_path / f".{second.name}.{os.getpid()}.partial").mkdir()
    result = run(database, kept, second)
    assert f"{second} could not be written" in result.output
    assert kept.read_text() == "of yesterday"
    assert not [path for path in tmp_path.iterdir() if path.is_file() and "partial" in path.name]
