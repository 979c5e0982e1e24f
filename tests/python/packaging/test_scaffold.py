"""`microlift init` and `link`: what they write fits microlift, and what they refuse they say in words that help."""

import csv
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from microlift.cli import main
from microlift.project import check_version, home
from microlift.refresh import run
from microlift.scaffold.link import LINK, is_linked
from microlift.scaffold.trackers import TRACKERS

ROOT = Path(__file__).parents[3]
SETTINGS = yaml.safe_load((ROOT / "dbt_project.yml").read_text())


def microlift(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def written(folder: Path, *options: str) -> dict[str, Any]:
    """The variables of a project that `init` wrote."""
    result = microlift("init", folder, *options)
    assert result.exit_code == 0, result.output
    variables: dict[str, Any] = yaml.safe_load((folder / "dbt_project.yml").read_text())["vars"]["microlift"]
    return variables


def test_versions_agree() -> None:
    library = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    models = yaml.safe_load((ROOT / "python_models" / "_landing.yml").read_text())["models"]
    assert SETTINGS["version"] == library
    assert models[0]["config"]["meta"]["package_version"] == library


def test_a_package_of_another_version_is_refused() -> None:
    check_version(SETTINGS["version"])
    with pytest.raises(RuntimeError, match=r"the dbt package microlift is 9\.9\.9.*run `microlift link`"):
        check_version("9.9.9")


@pytest.mark.parametrize(
    "options", [(), ("--example",), ("--door", "units"), ("--door", "counts"), *(("--tracker", name) for name in TRACKERS)]
)  # fmt: skip
def test_what_is_written_fits_microlift(tmp_path: Path, options: tuple[str, ...]) -> None:
    variables = written(tmp_path / "shop", *options)
    assert set(variables) <= set(SETTINGS["vars"])
    opened = [name for name in ("events", "units", "counts") if variables[name]]
    assert len(opened) == 1
    landing = variables.get(f"{variables['events'].removeprefix('stg_')}_files") or variables[opened[0]]
    assert (tmp_path / "shop" / landing).parent.is_dir()
    seeds = {
        seed["name"]: seed for seed in yaml.safe_load((ROOT / "seeds" / "_seeds.yml").read_text())["seeds"]
    }
    files = {path.stem: path for path in (tmp_path / "shop" / "seeds").glob("*.csv")}
    told = yaml.safe_load((tmp_path / "shop" / "seeds" / "_seeds.yml").read_text())["seeds"]
    types = {seed["name"]: seed["config"]["column_types"] for seed in told}
    assert set(variables["definitions"]) == set(files) == set(types)
    for table, path in files.items():
        header, *rows = csv.reader(path.read_text().splitlines())
        assert set(header) <= {column["name"] for column in seeds[f"def_{table}"]["columns"]}
        assert all(len(row) == len(header) for row in rows)
        assert set(types[table]) <= set(header)


def test_trackers_are_those_that_have_a_staging_model() -> None:
    files = {name.removesuffix("_files") for name in SETTINGS["vars"] if name.endswith("_files")}
    models = {path.stem.removeprefix("stg_") for path in (ROOT / "models" / "staging").glob("stg_*.sql")}
    assert set(TRACKERS) == files == models - {"optimizely_rows", "snowplow_rows"}
    told = (ROOT / "docs" / "trackers.md").read_text()
    for tracker in TRACKERS.values():
        if tracker.exposure != "experiment_viewed":
            assert f"`{tracker.exposure}`" in told
            assert f"`{tracker.experiment}`" in told or tracker.starts == "/basket/"


def test_the_example_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        written(tmp_path / name, "--example", "--name", "shop")
    a, b = ((tmp_path / name / "landing" / "events" / "example.ndjson").read_bytes() for name in ("a", "b"))
    assert a == b
    assert {"event_id", "event_name", "event_time", "device_id", "properties"} == set(
        json.loads(a.splitlines()[0])
    )


@pytest.mark.parametrize(
    ("folder", "options", "words"),
    [
        ("full", (), r"is not empty \(mine\.txt\).*run `microlift link` in it"),
        ("full/mine.txt", (), "is a file: name a folder"),
        ("2026", (), "has to start with a letter.*give one with --name"),
        ("shop", ("--name", "My-Shop"), "'My-Shop' has to start with a letter"),
        ("microlift", (), "is taken by microlift, dbt or Python: give one with --name"),
        ("shop", ("--name", "class"), "is taken by microlift, dbt or Python; choose another one"),
        ("shop", ("--tracker", "matomo"), "'matomo' is not one of"),
        ("shop", ("--tracker", "ga4", "--door", "units"), "--tracker ga4 writes events"),
        ("shop", ("--tracker", "ga4", "--example"), "--example writes plain events"),
    ],
)
def test_what_cannot_be_is_refused_and_writes_nothing(
    tmp_path: Path, folder: str, options: tuple[str, ...], words: str
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    result = microlift("init", tmp_path / folder, *options)
    assert result.exit_code != 0
    assert re.search(words, result.output), result.output
    assert [path for path in tmp_path.rglob("*") if path.name == "dbt_project.yml"] == []


def test_a_folder_that_holds_only_git_is_empty(tmp_path: Path) -> None:
    (tmp_path / "shop" / ".git").mkdir(parents=True)
    assert written(tmp_path / "shop")


def test_link_repairs_and_says_what_is_missing(tmp_path: Path) -> None:
    project = tmp_path / "analytics"
    assert "no readable" in microlift("link", project).output
    project.mkdir()
    (project / "dbt_project.yml").write_text("name: analytics\npackages-install-path: packages\n")
    (project / "packages.yml").write_text("packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.3.0\n")
    said = microlift("link", project).output
    assert "Add microlift to packages.yml:\npackages:\n  - local: .microlift" in said
    assert "Add .microlift to .gitignore" in said
    assert (project / "packages" / "microlift" / "dbt_project.yml").samefile(home() / "dbt_project.yml")

    # Another Python: what the link led to is gone.
    (project / LINK).unlink()
    (project / LINK).symlink_to(tmp_path / "gone")
    assert not is_linked(project)
    assert microlift("link", project).exit_code == 0
    assert is_linked(project)

    (project / LINK).unlink()
    (project / LINK).mkdir()
    (project / LINK / "notes").touch()
    assert f"{LINK} is in the way" in microlift("link", project).output
    assert (project / LINK / "notes").exists()
    assert "needs no link" in microlift("link", ROOT).output


def test_a_copy_stands_in_where_links_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "installed"
    source.mkdir()
    (source / "dbt_project.yml").write_text("name: microlift\nversion: '1'\n")

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no privilege")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    monkeypatch.setattr("microlift.scaffold.link.home", lambda: source)
    project = tmp_path / "shop"
    written(project)
    assert is_linked(project)
    (source / "dbt_project.yml").write_text("name: microlift\nversion: '2'\n")
    assert not is_linked(project)
    microlift("link", project)
    assert "version: '2'" in (project / "dbt_packages" / "microlift" / "dbt_project.yml").read_text()


def test_doctor_tells_what_is_wrong_with_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "shop"
    written(project)
    monkeypatch.chdir(project)
    assert "is a package of `shop`" in microlift("doctor").output
    (project / LINK).unlink()
    assert "does not lead to the installed microlift\n" in microlift("doctor").output
    (project / "packages.yml").unlink()
    assert "run `microlift link`, and name the package in packages.yml" in microlift("doctor").output
    (project / "dbt_packages" / "microlift").unlink()
    (project / "dbt_packages" / "microlift").mkdir()
    (project / "dbt_packages" / "microlift" / "dbt_project.yml").write_text(
        "name: microlift\nversion: 0.0.1\n"
    )
    assert "the dbt package is microlift 0.0.1, the library" in microlift("doctor").output
    flags = {"require_generic_test_arguments_property": False}
    (project / "dbt_project.yml").write_text(
        yaml.safe_dump({"name": "shop", "profile": "shop", "flags": flags})
    )
    said = microlift("doctor").output
    assert "the flag require_generic_test_arguments_property is off" in said
    assert "`definitions` names no table" in said


def test_a_refresh_makes_the_link_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "shop"
    written(project)
    (project / LINK).unlink()
    built: list[bool] = []
    monkeypatch.setattr(run, "_command", lambda *_: built.append(is_linked(project)))
    run.build(run.Settings(database=project / "warehouse.duckdb", project=project))
    assert built == [True]
