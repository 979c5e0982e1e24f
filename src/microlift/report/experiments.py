"""The pages of the experiments, drawn by as many processes as there are cores."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import duckdb

from microlift.report import words
from microlift.report.kept import fingerprints, keep
from microlift.report.parts import Badge, Section
from microlift.report.read import Row, Tables
from microlift.report.sections import behaviour, course, effects, funnels, monitoring, robustness, segments
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
        "results_monitoring",
        "results_posteriors",
        "results_candidates",
    ]
)

# From so many pages on, processes earn the two seconds that they take to start.
FEWEST_FOR_PROCESSES = 16

Draw = Callable[[Row, str], None]


def write_experiments(
    tables: Tables, folder: Path, pages: list[tuple[Row, str]], earlier: Path
) -> Iterator[tuple[str, bool]]:
    """Write a page for each experiment (with its file name).

    Yields the name of each experiment once its page is there, and whether it is that of the `earlier` report.
    """
    made_of = fingerprints(tables)
    as_of = str(environment_of(tables).globals["as_of"])
    changed = []
    for experiment, name in pages:
        experiment["made_of"] = made_of.get(experiment["experiment_id"])
        place = Path("experiments") / name
        if experiment["made_of"] and keep(earlier / place, folder / place, experiment["made_of"], as_of):
            yield str(experiment["experiment_name"]), True
        else:
            changed.append((experiment, name))
    for drawn in _draw_all(tables, folder, changed):
        yield drawn, False


def _draw_all(tables: Tables, folder: Path, pages: list[tuple[Row, str]]) -> Iterator[str]:
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
        monitoring.monitoring(scope),
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
        made_of=experiment.get("made_of"),
        title=experiment["experiment_name"] or scope.id,
        kicker=f"Experiment {scope.id}",
        intro=[
            experiment["description"] or "",
            f"{words.label(experiment['unit_type'])} as unit, {span}, {experiment['look_interval']} looks.",
        ],
        badge=Badge(decision["verdict"]) if decision else None,
        decision=[*course.decision_in_words(scope, decision), *monitoring.in_words(scope)],
        facts=course.key_figures(scope, decision),
        sections=[section for section in sections if section],
    )
