"""Write a new project: its files are templates in `files/`, with `<< >>` and `<% %>` since dbt has braces of its own."""

import keyword
import re
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from microlift.scaffold.example import write_events
from microlift.scaffold.link import link
from microlift.scaffold.trackers import TRACKERS, Tracker

DOORS = ("events", "units", "counts")
RESERVED = ("microlift", "dbt", "dbt_duckdb")
EXAMPLE = "landing/events/example.ndjson"

# Definitions that only events can feed; the other doors bring units that are exposed already.
OF_EVENTS = ("exposure_rules", "exclusions", "funnels", "funnel_steps")
# Names in `files/`, where a name with a dot in front would be overlooked.
DOTTED = {"gitignore": ".gitignore"}


class InitError(Exception):
    """Why no project was written, and what to do."""


def project_name(folder: Path, name: str | None) -> str:
    """The dbt name of a project: as given, or made of the folder's name. Raises InitError where dbt would refuse it."""
    made = name or re.sub(r"[^a-z0-9]+", "_", folder.absolute().name.lower()).strip("_")
    what = f"the project's name {made!r}" if name else f"the name {made!r}, made of the folder's,"
    advice = "" if name else ": give one with --name"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", made):
        raise InitError(f"{what} has to start with a letter and hold a-z, 0-9 and _ only{advice}")
    if made in RESERVED or keyword.iskeyword(made):
        raise InitError(f"{what} is taken by microlift, dbt or Python{advice or '; choose another one'}")
    return made


def init(folder: Path, name: str | None, tracker: str | None, door: str, example: bool) -> list[str]:
    """Write a project that is ready to build; returns the files, relative to the folder.

    Raises InitError, before anything is written, where the folder holds something or the choices do not go together.
    """
    if folder.exists() and not folder.is_dir():
        raise InitError(f"{folder} is a file: name a folder that is empty, or not there yet")
    if folder.is_dir() and (found := sorted(path.name for path in folder.iterdir() if path.name != ".git")):
        raise InitError(
            f"{folder} is not empty ({', '.join(found[:3])}{', …' if len(found) > 3 else ''}): name a new folder. "
            "To use microlift in a dbt project that you have, run `microlift link` in it"
        )
    if tracker and door != "events":
        raise InitError(f"--tracker {tracker} writes events: leave --door {door} out")
    if example and (tracker or door != "events"):
        raise InitError("--example writes plain events: leave --tracker and --door out")
    values = {
        "name": project_name(folder, name),
        "tracker": tracker or "",
        "told": TRACKERS.get(tracker or "", Tracker()),
        "door": door,
        "example": example,
        "version": version("microlift"),
    }
    written = _write(folder, values)
    (folder / "landing" / (tracker or door)).mkdir()
    (folder / "landing" / (tracker or door) / ".gitkeep").touch()
    if example:
        write_events(folder / EXAMPLE)
        written.append(EXAMPLE)
    link(folder)
    return sorted(written)


def _write(folder: Path, values: dict[str, object]) -> list[str]:
    templates = Environment(
        loader=PackageLoader("microlift.scaffold", "files"), undefined=StrictUndefined, autoescape=False,
        keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True, variable_start_string="<<", variable_end_string=">>",
        block_start_string="<%", block_end_string="%>", comment_start_string="<#", comment_end_string="#>",
    )  # fmt: skip
    of_events = {f"seeds/{table}.csv" for table in OF_EVENTS} if values["door"] != "events" else set()
    names = [name for name in templates.list_templates() if name not in of_events]
    files = {DOTTED.get(name, name): templates.get_template(name).render(values) for name in names}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return list(files)
