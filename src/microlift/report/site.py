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
from jinja2 import Environment, PackageLoader, StrictUndefined

from microlift.report import words
from microlift.report.overview import overview
from microlift.report.parts import Badge, Link, Section
from microlift.report.read import Row, Tables
from microlift.report.sections import (
    across,
    behaviour,
    course,
    effects,
    funnels,
    quality,
    robustness,
    segments,
)
from microlift.report.sections.scope import Scope

MARKER = "report.json"
DRAWN = frozenset(
    [
        "results_intervals",
        "results_comparisons",
        "results_decisions",
        "results_health",
        "results_interactions",
        "results_factorial_effects",
        "results_funnel_steps",
        "results_sequential",
        "results_power",
        "results_patterns",
        "results_signals",
        "results_clusters",
        "results_cluster_signals",
        "results_cluster_conversions",
        "results_cluster_choices",
        "results_adjustments",
        "results_stability",
        "results_sensitivity",
        "results_segments_shrunk",
        "results_replication",
        "results_experiment_interactions",
        "results_hypotheses",
    ]
)

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Site:
    """What was written."""

    folder: Path
    experiments: int
    pages: int
    bytes: int


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
    writer = _Writer(fresh, _environment(tables))
    experiments = tables.rows("dim_experiments", tail="order by experiment_name, experiment_id")
    steps = len(experiments) + 4
    names = {row["experiment_id"]: page_name(row["experiment_id"]) for row in experiments}
    metrics = {row["metric_id"]: row for row in tables.rows("dim_metrics", tail="order by metric_id")}
    decisions = {row["experiment_id"]: row for row in tables.rows("results_decisions")}
    for done, experiment in enumerate(experiments, start=1):
        progress(done, steps, str(experiment["experiment_name"]))
        scope = Scope.of(tables, experiment, metrics)
        _write_experiment(writer, scope, decisions.get(scope.id), names[scope.id])
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
    return Site(folder, len(experiments), writer.pages, size)


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


class _Writer:
    def __init__(self, folder: Path, environment: Environment) -> None:
        self.folder, self.environment, self.pages = folder, environment, 0

    def write(self, name: str, template: str, **values: Any) -> None:
        root = "../" * name.count("/")
        html = self.environment.get_template(template).render(root=root, page=name, **values)
        (self.folder / name).write_text(html, encoding="utf-8")
        self.pages += 1


def _environment(tables: Tables) -> Environment:
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


def _write_experiment(writer: _Writer, scope: Scope, decision: Row | None, name: str) -> None:
    sections: list[Section | None] = [
        course.health(scope),
        robustness.stability(scope),
        course.plan(scope),
        effects.metrics(scope),
        robustness.sensitivity(scope),
        effects.posterior(scope),
        course.looks(scope),
        *funnels.funnels(scope),
        segments.forest(scope),
        robustness.shrinkage(scope),
        robustness.replication(scope),
        segments.interactions(scope),
        robustness.overlaps(scope),
        segments.factors(scope),
        effects.multiplicity(scope),
        course.power(scope),
        segments.side_by_side(scope),
        behaviour.patterns(scope.tables, scope.id),
        behaviour.signals(scope.tables, scope.id),
        *course.others(scope, DRAWN),
    ]
    experiment = scope.experiment
    ends = words.moment(experiment["ends_at"]) if experiment["ends_at"] else "open end"
    span = f"{words.moment(experiment['starts_at'])} to {ends}"
    writer.write(
        f"experiments/{name}",
        "page.html.j2",
        title=experiment["experiment_name"] or scope.id,
        kicker=f"Experiment {scope.id}",
        intro=[
            experiment["description"] or "",
            f"{words.label(experiment['unit_type'])} as unit, {span}, {experiment['look_interval']} looks.",
        ],
        badge=Badge(decision["verdict"]) if decision else None,
        decision=course.decision_in_words(scope, decision),
        facts=course.key_figures(scope, decision),
        sections=[section for section in sections if section],
    )


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
