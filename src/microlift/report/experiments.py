"""The pages of the experiments, drawn by as many processes as there are cores."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import duckdb

from microlift.report import words
from microlift.report.parts import Badge, Section
from microlift.report.read import Row, Tables
from microlift.report.sections import behaviour, course, effects, funnels, robustness, segments
from microlift.report.sections.scope import Scope
from microlift.report.writer import Writer, environment_of

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

# From so many pages on, processes earn the two seconds that they take to start.
FEWEST_FOR_PROCESSES = 16

Draw = Callable[[Row, str], None]


def write_experiments(tables: Tables, folder: Path, pages: list[tuple[Row, str]]) -> Iterator[str]:
    """Write a page for each experiment (with its file name); yields the name of each experiment once it is written."""
    file = tables.file
    if file is None or len(pages) < FEWEST_FOR_PROCESSES or (os.cpu_count() or 1) == 1:
        draw = _drawer(tables, folder)
        for experiment, name in pages:
            draw(experiment, name)
            yield str(experiment["experiment_name"])
        return
    # Processes are started afresh: a copy of one with DuckDB's threads could wait for a lock for ever.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), fresh, _open, (file, tables.schema, folder)) as pool:
        waiting = {pool.submit(_draw, experiment, name): experiment for experiment, name in pages}
        for done in as_completed(waiting):
            done.result()
            yield str(waiting[done]["experiment_name"])


_of_this_process: list[Draw] = []


def _open(file: str, schema: str, folder: Path) -> None:
    connection = duckdb.connect(file, read_only=True, config={"threads": 1})
    _of_this_process.append(_drawer(Tables(connection, schema), folder))


def _draw(experiment: Row, name: str) -> None:
    _of_this_process[0](experiment, name)


def _drawer(tables: Tables, folder: Path) -> Draw:
    """A function that writes the page of an experiment; what all pages share is read once."""
    writer = Writer(folder, environment_of(tables))
    metrics = {row["metric_id"]: row for row in tables.rows("dim_metrics", tail="order by metric_id")}
    decisions = {row["experiment_id"]: row for row in tables.rows("results_decisions")}

    def draw(experiment: Row, name: str) -> None:
        scope = Scope.of(tables, experiment, metrics)
        _write_experiment(writer, scope, decisions.get(scope.id), name)

    return draw


def _write_experiment(writer: Writer, scope: Scope, decision: Row | None, name: str) -> None:
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
