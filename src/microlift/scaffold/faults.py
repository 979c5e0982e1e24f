"""What keeps a dbt project from using microlift as a package, seen without running dbt."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from microlift.project import home
from microlift.scaffold.link import is_linked, is_listed, read_yaml

Fault = tuple[str, str, str]
"""Status (`ok`, `warning`, `error`), what is so, and what to do."""

OWN_REFS = "require_ref_searches_node_package_before_root"
OWN_ARGUMENTS = "require_generic_test_arguments_property"
REACHING = ("schema", "materialized", "enabled", "severity")


def faults(project: Path) -> Iterator[Fault]:
    """Faults of the project in a folder; a single `ok` where there are none, nothing for microlift's own project."""
    settings = read_yaml(project / "dbt_project.yml")
    if not isinstance(settings, dict) or settings.get("name") == "microlift":
        return
    found = [
        *_package(project, settings),
        *_flags(project, settings),
        *_reach(settings),
        *_definitions(settings),
    ]
    yield from found or [
        ("ok", f"microlift {version('microlift')} is a package of `{settings.get('name')}`", "")
    ]


def _package(project: Path, settings: dict[str, Any]) -> Iterator[Fault]:
    folder = project / str(settings.get("packages-install-path", "dbt_packages")) / "microlift"
    package = read_yaml(folder / "dbt_project.yml")
    if is_listed(project) and not is_linked(project):
        yield (
            "error",
            f"{project / '.microlift'} does not lead to the installed microlift",
            "run `microlift link`",
        )
    elif not isinstance(package, dict):
        advice = "run `microlift link`" + (
            "" if is_listed(project) else ", and name the package in packages.yml"
        )
        yield "error", f"dbt has no package microlift in {folder.parent}", advice
    elif str(package.get("version")) != version("microlift"):
        yield (
            "error",
            f"the dbt package is microlift {package.get('version')}, the library {version('microlift')}",
            "run `microlift link`, or name the same version in packages.yml and in pip",
        )


def _flags(project: Path, settings: dict[str, Any]) -> Iterator[Fault]:
    flags = settings.get("flags") or {}
    shared = sorted(_names(project, settings) & _names(home(), {"model-paths": ["models", "python_models"]}))
    if shared and not flags.get(OWN_REFS):
        yield (
            "error",
            f"your project has {', '.join(shared)} as microlift has, and its models would read yours",
            f"add to dbt_project.yml: flags: {{{OWN_REFS}: true}}",
        )
    if flags.get(OWN_ARGUMENTS) is False:
        yield (
            "error",
            f"the flag {OWN_ARGUMENTS} is off, and the tests of microlift need it",
            "take it out of dbt_project.yml, or set it to true",
        )


def _names(project: Path, settings: dict[str, Any]) -> set[str]:
    """The names of models and seeds, by the files in a project's folders."""
    folders = [*settings.get("model-paths", ["models"]), *settings.get("seed-paths", ["seeds"])]
    files = (file for folder in folders for file in (project / folder).rglob("*"))
    return {file.stem for file in files if file.suffix in (".sql", ".py", ".csv")}


def _reach(settings: dict[str, Any]) -> Iterator[Fault]:
    for kind in ("models", "seeds", "data_tests", "tests"):
        keys = [key for key in settings.get(kind) or {} if key.lstrip("+") in REACHING]
        if keys:
            yield (
                "error",
                f"`{keys[0]}` stands right under `{kind}:` and reaches microlift's {kind}",
                f"put it under the name of your project: {kind}: {{{settings.get('name')}: {{{keys[0]}: …}}}}",
            )


def _definitions(settings: dict[str, Any]) -> Iterator[Fault]:
    variables = settings.get("vars") or {}
    if not (variables.get("microlift") or {}).get("definitions") and not variables.get("definitions"):
        yield (
            "warning",
            "the variable `definitions` names no table, so the demo's experiments stand in for yours",
            "name your tables under vars: {microlift: {definitions: …}} (docs/definitions.md)",
        )
