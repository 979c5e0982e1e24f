"""Is everything in place for a build? Each finding says what is so, and what to do where it is not."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import duckdb
from packaging.requirements import Requirement

from microlift.publish import store
from microlift.scaffold.faults import faults
from microlift.scaffold.link import read_yaml

LEAST_FREE = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """What was looked at, `ok`, `warning` or `error`, what was seen, and what to do (blank where nothing)."""

    area: str
    status: str
    seen: str
    advice: str = ""


def examine(database: Path, project: Path, published: Path) -> list[Finding]:
    """Look at versions, profile, package, database, definitions, sources, rights, disk and locks; changes nothing."""
    return [
        *_versions(),
        *_profile(project),
        *(Finding("package", *fault) for fault in faults(project)),
        *_database(database),
        *_sources(project),
        *_rights(database.absolute().parent, published.absolute()),
        *_locks(database, published),
    ]


def _versions() -> Iterator[Finding]:
    for text in requires("microlift") or []:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            yield Finding(
                "versions", "error", f"{requirement.name} is not installed", f"pip install '{text}'"
            )
            continue
        if found not in requirement.specifier:
            yield Finding("versions", "error", f"{requirement.name} is {found}", f"pip install '{text}'")
    yield Finding(
        "versions",
        "ok",
        f"microlift {version('microlift')}, dbt-core {version('dbt-core')}, duckdb {duckdb.__version__}",
    )


def _profile(project: Path) -> Iterator[Finding]:
    file = project / "dbt_project.yml"
    content = read_yaml(file)
    if not isinstance(content, dict):
        yield Finding(
            "profile",
            "error",
            f"there is no readable {file}",
            "run from your dbt project, or name it with --project-dir; `microlift init` starts one",
        )
        return
    homes = [Path(os.environ.get("DBT_PROFILES_DIR", project)), project, Path.home() / ".dbt"]
    name = content.get("profile")
    for home in homes:
        profiles = read_yaml(home / "profiles.yml")
        if isinstance(profiles, dict) and name in profiles:
            output = profiles[name].get("outputs", {}).get(profiles[name].get("target", "default"), {})
            kind = output.get("type")
            if kind != "duckdb":
                yield Finding(
                    "profile",
                    "error",
                    f"target of `{name}` is of type {kind}",
                    "microlift builds on DuckDB: type: duckdb",
                )
            elif str(output.get("settings", {}).get("TimeZone")) not in ("UTC", "Etc/UTC"):
                yield Finding(
                    "profile",
                    "error",
                    f"`{name}` has no time zone UTC",
                    "add settings: {TimeZone: UTC} to the target",
                )
            else:
                yield Finding("profile", "ok", f"`{name}` in {home / 'profiles.yml'}")
            return
    yield Finding(
        "profile",
        "error",
        f"no profiles.yml has a profile `{name}`",
        f"write one in {project} (docs/packages.md shows it)",
    )


def _database(database: Path) -> Iterator[Finding]:
    if database.stem.lower() == "microlift":
        yield Finding(
            "database", "error", f"{database} is named like the schema", "give the file another name"
        )
    if not database.is_file():
        yield Finding("database", "warning", f"there is no {database} yet", "run `dbt build`")
        return
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            problems = connection.execute("from microlift.definition_problems").fetchall()
            broken = connection.execute(
                "select path, status from microlift.landing_files where status != 'readable' order by path"
            ).fetchall()
    except duckdb.IOException as error:
        yield Finding(
            "database",
            "warning",
            f"{database} cannot be opened: {error}",
            "wait until the build that writes it ends",
        )
        return
    except duckdb.Error as error:
        yield Finding("database", "warning", f"{database} holds no whole build: {error}", "run `dbt build`")
        return
    yield Finding("database", "ok", f"{database}, {database.stat().st_size / 1e6:,.0f} MB")
    for row in problems:
        yield Finding(
            "definitions",
            "error",
            " / ".join(str(value) for value in row if value),
            "correct the row, then `dbt build`",
        )
    if not problems:
        yield Finding("definitions", "ok", "no problems in the last build")
    for path, status in broken:
        yield Finding("sources", "warning", f"{path} is {status}", "export the file again; the rest was read")


def _sources(project: Path) -> Iterator[Finding]:
    content = read_yaml(project / "dbt_project.yml")
    variables: dict[str, Any] = (content or {}).get("vars", {}) if isinstance(content, dict) else {}
    variables = variables | (variables.get("microlift") or {})
    doors = ("events", "units", "counts")
    if variables and not any(variables.get(door) for door in doors):
        yield Finding(
            "sources",
            "error",
            "every door is closed",
            "set the variable `events`, `units` or `counts` (docs/doors.md)",
        )
    opened = {str(variables.get(door) or "") for door in (*doors, "unit_attributes", "calendar")}
    for name, value in sorted(variables.items()):
        is_read = (
            name in (*doors, "unit_attributes", "calendar") or f"stg_{name.removesuffix('_files')}" in opened
        )
        for pattern in [value] if isinstance(value, str) else []:
            if (
                is_read
                and "/" in pattern
                and "://" not in pattern
                and not list(project.glob(pattern.removeprefix("./")))
            ):
                yield Finding(
                    "sources",
                    "warning",
                    f"`{name}`: no file is {pattern}",
                    "land the files, or correct the variable",
                )


def _rights(*folders: Path) -> Iterator[Finding]:
    for folder in dict.fromkeys(folders):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if not os.access(there, os.W_OK):
            yield Finding(
                "rights",
                "error",
                f"{there} cannot be written",
                "give the user that refreshes the right to write there",
            )
            continue
        free = shutil.disk_usage(there).free
        few = free < LEAST_FREE
        advice = "free some: a build and a published version need room beside the old ones" if few else ""
        yield Finding("disk", "warning" if few else "ok", f"{free / 1e9:,.1f} GB free at {there}", advice)


def _locks(database: Path, published: Path) -> Iterator[Finding]:
    for path in (database.with_name(database.name + ".refresh.lock"), published / ".lock"):
        if not path.is_file():
            continue
        left = path.read_text().strip()
        try:
            with store.lock(path, left):
                pass
        except store.LockedError as error:
            yield Finding(
                "locks",
                "warning",
                str(error),
                "nothing, unless it hangs: end that process, and the lock is gone",
            )
            continue
        if left:
            yield Finding(
                "locks",
                "warning",
                f"a run did not end by itself: {left}",
                "run `microlift refresh`: it redoes the work",
            )
