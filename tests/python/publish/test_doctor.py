"""`microlift doctor`: each fault that is planted is found, with what to do."""

from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import CliRunner

from microlift.cli import main
from microlift.publish import store

PROFILE = {"mine": {"target": "dev", "outputs": {"dev": {"type": "duckdb", "settings": {"TimeZone": "UTC"}}}}}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which nothing is wrong."""
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path))
    write(
        tmp_path / "dbt_project.yml",
        {
            "name": "microlift",
            "profile": "mine",
            "vars": {"events": "stg_segment", "segment_files": "landing/*.ndjson"},
        },
    )
    write(tmp_path / "profiles.yml", PROFILE)
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "a.ndjson").touch()
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        connection.execute(
            "create schema microlift;"
            "create table microlift.definition_problems (definition varchar, key varchar, problem varchar);"
            "create table microlift.landing_files (path varchar, status varchar)"
        )
    return tmp_path


def write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content))


def examine(project: Path, database: str = "w.duckdb") -> tuple[int, str]:
    result = CliRunner().invoke(
        main,
        [
            "doctor",
            "--database",
            str(project / database),
            "--project-dir",
            str(project),
            "--to",
            str(project / "out"),
        ],
    )
    return result.exit_code, result.output


def test_nothing_is_wrong(project: Path) -> None:
    code, output = examine(project)
    assert code == 0
    assert "ERROR" not in output
    assert "no problems in the last build" in output


def test_profile_and_doors(project: Path) -> None:
    write(project / "profiles.yml", {"mine": {"target": "dev", "outputs": {"dev": {"type": "duckdb"}}}})
    write(
        project / "dbt_project.yml", {"profile": "mine", "vars": {"events": "", "units": "landing/none.csv"}}
    )
    code, output = examine(project)
    assert code == 1
    assert "add settings: {TimeZone: UTC}" in output
    assert "`units`: no file is landing/none.csv" in output
    write(project / "dbt_project.yml", {"profile": "other", "vars": {"events": ""}})
    output = examine(project)[1]
    assert "no profiles.yml has a profile `other`" in output
    assert "every door is closed" in output
    (project / "dbt_project.yml").unlink()
    assert "name it with --project-dir" in examine(project)[1]


def test_database_definitions_and_locks(project: Path) -> None:
    with duckdb.connect(str(project / "w.duckdb")) as connection:
        connection.execute(
            "insert into microlift.definition_problems values ('metrics', 'm', 'kind is colour')"
        )
        connection.execute("insert into microlift.landing_files values ('landing/b.ndjson', 'unreadable')")
    (project / "w.duckdb.refresh.lock").write_text("microlift refresh, process 1")
    code, output = examine(project)
    assert code == 1
    assert "metrics / m / kind is colour" in output
    assert "landing/b.ndjson is unreadable" in output
    assert "a run did not end by itself: microlift refresh, process 1" in output
    with store.lock(project / "w.duckdb.refresh.lock", "busy"):
        assert "is held by busy" in examine(project)[1]
    assert "there is no" in examine(project, "absent.duckdb")[1]
    assert "named like the schema" in examine(project, "microlift.duckdb")[1]
