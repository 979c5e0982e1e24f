"""The site as a whole: pages from sections, files in one folder that appears when it is whole."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from microlift.report.experiments import write_experiments
from microlift.report.overview import overview
from microlift.report.read import Tables
from microlift.report.sections import across, behaviour, quality
from microlift.report.writer import Writer, environment_of

MARKER = "report.json"
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Site:
    """What was written; `kept` pages of experiments are those of the earlier report, since nothing of them has changed."""

    folder: Path
    experiments: int
    pages: int
    bytes: int
    kept: int = 0


def write_site(tables: Tables, folder: Path, progress: Progress = lambda done, of, what: None) -> Site:
    """Write the report of a warehouse to a folder; an earlier report there is replaced in one step.

    Raises ValueError where the folder holds something else than a report, or the warehouse no experiments table.
    """
    if "dim_experiments" not in tables:
        raise ValueError("the warehouse holds no table microlift.dim_experiments: run `dbt build` first")
    _check_folder(folder)
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "experiments").mkdir(parents=True)
    writer = Writer(fresh, environment_of(tables))
    experiments = tables.rows("dim_experiments", tail="order by experiment_name, experiment_id")
    steps = len(experiments) + 4
    names = {row["experiment_id"]: page_name(row["experiment_id"]) for row in experiments}
    decisions = {row["experiment_id"]: row for row in tables.rows("results_decisions")}
    pages = [(row, names[row["experiment_id"]]) for row in experiments]
    kept = 0
    for done, (name, is_kept) in enumerate(write_experiments(tables, fresh, pages, folder), start=1):
        kept += is_kept
        progress(done, steps, name)
    progress(steps - 3, steps, "data quality")
    writer.write("quality.html", "page.html.j2", **_quality(tables))
    progress(steps - 2, steps, "behaviour")
    writer.write("behaviour.html", "page.html.j2", **_behaviour(tables))
    writer.write("across.html", "page.html.j2", **_across(tables))
    progress(steps - 1, steps, "overview")
    writer.write("index.html", "index.html.j2", **overview(tables, experiments, decisions, names))
    writer.write("glossary.html", "glossary.html.j2", title="Glossary", terms=glossary())
    for asset in files("microlift.report").joinpath("assets").iterdir():
        (fresh / asset.name).write_bytes(asset.read_bytes())
    told = {
        "microlift": version("microlift"),
        "as_of": writer.environment.globals["as_of"],
        "experiments": len(experiments),
    }
    (fresh / MARKER).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in fresh.rglob("*") if path.is_file())
    _swap(fresh, folder)
    progress(steps, steps, "done")
    return Site(folder, len(experiments), len(experiments) + writer.pages, size, kept)


def page_name(experiment_id: str) -> str:
    """File name of an experiment's page; ids that make no safe file name are told apart by a hash."""
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,79}", experiment_id):
        return f"{experiment_id}.html"
    safe = re.sub(r"[^a-z0-9_-]+", "-", experiment_id.lower())[:60].strip("-")
    return f"{safe}-{hashlib.sha256(experiment_id.encode()).hexdigest()[:8]}.html"


def glossary() -> dict[str, tuple[str, str]]:
    """Anchor → term and meaning."""
    text = files("microlift.report").joinpath("glossary.yml").read_text(encoding="utf-8")
    return {anchor: (term, meaning) for anchor, (term, meaning) in yaml.safe_load(text).items()}


def _quality(tables: Tables) -> dict[str, Any]:
    found = quality.expectations(tables)
    return {
        "title": "Data quality",
        "kicker": "What the numbers rest on",
        "intro": [
            "Raw rows are valid, quarantined, excluded, conflicting or duplicate: "
            "nothing is lost, and each row that is not used has a reason."
        ],
        "badge": None,
        "decision": [],
        "facts": quality.facts(tables),
        "sections": [
            *found,
            quality.quarantine(tables),
            quality.reconciliation(tables),
            quality.taxonomy(tables),
            quality.late(tables),
        ],
    }


def _behaviour(tables: Tables) -> dict[str, Any]:
    return {
        "title": "Behaviour",
        "kicker": "What users do, over all experiments",
        "intro": [
            "Kinds of visitors, patterns of steps and signals that tell who converts. "
            "These describe; only what is marked as randomised says what a change does."
        ],
        "badge": None,
        "decision": [],
        "facts": [],
        "sections": [
            *behaviour.clusterings(tables),
            behaviour.patterns(tables),
            behaviour.signals(tables),
            behaviour.adjustments(tables),
        ],
    }


def _across(tables: Tables) -> dict[str, Any]:
    return {
        "title": "Across experiments",
        "kicker": "What they say together",
        "intro": ["Experiments that ask the same question, pooled; and what might be worth doing next."],
        "badge": None,
        "decision": [],
        "facts": [],
        "sections": [across.repeats(tables), across.candidates(tables)],
    }


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: name a folder with --output")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise ValueError(
            f"{folder} holds something else than a report (no {MARKER}): name another folder with --output"
        )


def _swap(fresh: Path, folder: Path) -> None:
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
