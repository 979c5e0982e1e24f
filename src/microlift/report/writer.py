"""Pages from templates."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from microlift.report import words
from microlift.report.parts import Badge, Link
from microlift.report.read import Tables


class Writer:
    """Writes pages of one report to its folder."""

    def __init__(self, folder: Path, environment: Environment) -> None:
        self.folder, self.environment, self.pages = folder, environment, 0

    def write(self, name: str, template: str, **values: Any) -> None:
        root = "../" * name.count("/")
        html = self.environment.get_template(template).render(
            {"made_of": None} | values, root=root, page=name
        )
        (self.folder / name).write_text(html, encoding="utf-8")
        self.pages += 1


def environment_of(tables: Tables) -> Environment:
    """The templates, and what every page says: how late its data are."""
    environment = Environment(
        loader=PackageLoader("microlift.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # A published file has the public tables only; its last day is what "now" was.
    as_of = tables.rows("int_as_of") or tables.rows("dim_days", tail="order by day desc limit 1")
    environment.globals["as_of"] = words.moment(next(iter(as_of[0].values()))) if as_of else words.NOTHING
    environment.tests["badge"] = lambda cell: isinstance(cell, Badge)
    environment.tests["link"] = lambda cell: isinstance(cell, Link)
    return environment
