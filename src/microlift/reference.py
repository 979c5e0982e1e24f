"""The reference of the public tables, written from the YAML that describes and enforces them."""

from pathlib import Path
from typing import Any

import yaml

KINDS = {
    "results": ("Results", "What was found: read these first."),
    "dim": ("Dimensions", "Names and attributes to join and filter by."),
    "agg": ("Aggregates", "Sufficient statistics: what the results were computed from."),
    "fct": ("Facts", "One row for each thing that happened."),
    "quality": ("Quality", "Every check, every rejected row, the account of all rows."),
    "other": ("Other tables", "Who is in which segment or cluster, and how clusters were fitted."),
}


def reference(project: Path) -> str:
    """Markdown of every public table of a microlift project: description with grain, columns, types, meaning.

    Raises ValueError where the folder holds no public models, or one of them has no description.
    """
    models = sorted(_models(project / "models" / "marts"), key=lambda model: str(model["name"]))
    if not models:
        raise ValueError(
            f"{project} holds no models/marts: name the folder of the microlift project with --project"
        )
    parts = [
        "# Reference of the public tables",
        "",
        "Written by `microlift reference` from the YAML beside the models; do not edit.",
        "",
    ]
    for kind, (title, lead) in KINDS.items():
        mine = [model for model in models if _kind(model["name"]) == kind]
        if mine:
            parts += [f"## {title}", "", lead, ""]
            parts += [f"- [`{model['name']}`](#{model['name']})" for model in mine] + [""]
            for model in mine:
                parts += _table(model)
    return "\n".join(parts).rstrip() + "\n"


def _models(folder: Path) -> list[dict[str, Any]]:
    files = [yaml.safe_load(file.read_text(encoding="utf-8")) or {} for file in sorted(folder.rglob("*.yml"))]
    return [model for file in files for model in file.get("models", [])]


def _kind(name: str) -> str:
    first = name.split("_")[0]
    return first if first in KINDS else "other"


def _table(model: dict[str, Any]) -> list[str]:
    if not model.get("description"):
        raise ValueError(f"{model['name']} has no description in its YAML: add one that ends with its grain")
    lines = [
        f"### {model['name']}",
        "",
        _one_line(model["description"]),
        "",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    for column in model.get("columns", []):
        lines.append(
            f"| `{column['name']}` | {column.get('data_type', '')} | {_one_line(column.get('description', ''))} |"
        )
    return [*lines, ""]


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
