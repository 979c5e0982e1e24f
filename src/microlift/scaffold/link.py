"""The tie between an adopter's dbt project and the dbt package inside the installed microlift.

`packages.yml` names the path `.microlift`, which is the same on every machine; what it points to is made by
`microlift link`, and made anew where Python, the environment or microlift moved. So no path of a machine is in git, and
the models are always those of the library that they call.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import yaml

from microlift.project import home

LINK = ".microlift"
PACKAGES = f"packages:\n  - local: {LINK}\n"


class LinkError(Exception):
    """A project that cannot be tied, and what to do."""


def link(project: Path) -> Path:
    """Point `.microlift`, and dbt's folder of packages, to the installed dbt package; returns that one's folder.

    Writes packages.yml where there is none. Raises LinkError where the folder is no dbt project, is microlift's own, or
    has something else in the way.
    """
    settings = read_yaml(project / "dbt_project.yml")
    if not isinstance(settings, dict):
        raise LinkError(
            f"there is no readable {project / 'dbt_project.yml'}: run it in your dbt project, "
            "name the folder, or start one with `microlift init FOLDER`"
        )
    if settings.get("name") == "microlift":
        raise LinkError(f"{project.absolute()} is microlift's own project, which needs no link")
    _point(project / LINK, home())
    packages = project / str(settings.get("packages-install-path", "dbt_packages"))
    packages.mkdir(parents=True, exist_ok=True)
    _point(packages / "microlift", Path(os.path.relpath(project / LINK, packages)))
    if not (project / "packages.yml").exists() and not (project / "dependencies.yml").exists():
        (project / "packages.yml").write_text(PACKAGES, encoding="utf-8")
    return home()


def is_listed(project: Path) -> bool:
    """Whether the project's packages name the link."""
    return any(entry.get("local") == LINK for entry in packages_of(project))


def is_linked(project: Path) -> bool:
    """Whether the link leads to the dbt package of the installed library."""
    return (project / LINK / "dbt_project.yml").is_file() and _is_ours(project / LINK)


def packages_of(project: Path) -> list[dict[str, Any]]:
    """The entries of packages.yml and dependencies.yml."""
    files = [read_yaml(project / name) for name in ("packages.yml", "dependencies.yml")]
    listed = [file.get("packages") or [] for file in files if isinstance(file, dict)]
    return [entry for entries in listed for entry in entries if isinstance(entry, dict)]


def read_yaml(path: Path) -> Any:
    """What a YAML file holds; None where it is not there, or is no YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return None


def _is_ours(folder: Path) -> bool:
    if folder.is_symlink():
        return folder.resolve() == home().resolve()
    # Where links cannot be made it is a copy, which an upgrade leaves behind.
    return (folder / "dbt_project.yml").read_bytes() == (home() / "dbt_project.yml").read_bytes()


def _point(place: Path, target: Path) -> None:
    if place.is_symlink():
        place.unlink()
    elif (place / "dbt_project.yml").is_file() and not (place / ".git").exists():
        shutil.rmtree(place)
    elif place.exists():
        raise LinkError(f"{place} is in the way: it is no link of microlift's; move it, and run this again")
    try:
        place.symlink_to(target, target_is_directory=True)
    except OSError:
        shutil.copytree(place.parent / target, place)
