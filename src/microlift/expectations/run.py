"""Validate relations against a suite."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from microlift.expectations import engine
from microlift.expectations.placeholders import fill, fill_words
from microlift.expectations.suite import Expectation, Suite, load_suite
from microlift.expectations.verdict import VALIDATION_SCHEMA, verdict


def run_suite(
    connection: duckdb.DuckDBPyConnection,
    suite_path_or_name: str | Path,
    relations: Mapping[str, str],
    run_id: str,
    run_at: dt.datetime,
    parameters: Mapping[str, Any],
) -> pa.Table:
    """Validate relations against a suite by push-down: Python sees counts, and at most 20 failing rows.

    Args:
        connection: An open DuckDB connection, such as the ``session`` of a dbt Python model. Its transaction
            is left alone, nothing is written, and any result still open on it is replaced.
        suite_path_or_name: A ``.yml`` file, or the name of a file in ``expectations/``.
        relations: The SQL name of each relation that the suite declares, by the suite's key.
        run_id: Identifies the run.
        run_at: Time of the run; with a time zone it is turned into UTC, without one it is taken as UTC.
        parameters: Values of the suite's ``$name`` placeholders (bool, int, float, str, date or datetime).

    Returns:
        One row an expectation, in the order of the suite file, with :data:`VALIDATION_SCHEMA`. An expectation
        that cannot be evaluated (a column is missing) is a failed row, with the reason as its message.

    Raises:
        ValueError: the suite file is wrong, a relation or a parameter is missing, or a relation is not in the
            suite.
    """
    suite = load_suite(suite_path_or_name)
    _check_relations(suite, relations)
    expectations = _filled(suite, parameters, relations)
    counts: dict[str, int] = {}
    results: dict[str, Any] = {}
    with engine.data_source(connection) as source:
        objects = [
            engine.build(each, f"{suite.file}, row {n} ({each.id})") for n, each in enumerate(expectations, 1)
        ]
        for key, keys in suite.relations.items():
            members = [item for each, item in zip(expectations, objects, strict=True) if each.relation == key]
            if members:
                counts[key] = _count(connection, relations[key])
                results |= engine.validate(source, relations[key], keys, members)
    stamp = {"run_id": run_id, "run_at": _utc(run_at), "suite": suite.name}
    rows = [
        stamp | verdict(connection, each, relations[each.relation], counts[each.relation], results[each.id])
        for each in expectations
    ]
    return pa.Table.from_pylist(rows, schema=VALIDATION_SCHEMA)


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    (count,) = connection.execute(f"select count(*) from {relation}").fetchall()[0]
    return int(count)


def _check_relations(suite: Suite, relations: Mapping[str, str]) -> None:
    if missing := [key for key in suite.relations if key not in relations]:
        raise ValueError(f"relations: suite {suite.name!r} needs {', '.join(missing)}, which was not given")
    if unknown := [key for key in relations if key not in suite.relations]:
        raise ValueError(
            f"relations: {', '.join(unknown)} is not declared by suite {suite.name!r}; allowed are "
            f"{', '.join(suite.relations)}"
        )


def _filled(suite: Suite, parameters: Mapping[str, Any], relations: Mapping[str, str]) -> list[Expectation]:
    filled = []
    for n, each in enumerate(suite.expectations, 1):
        try:
            filled.append(
                replace(
                    each,
                    kwargs=fill(each.kwargs, parameters, relations),
                    expected=fill_words(each.expected, parameters, relations),
                    advice=fill_words(each.advice, parameters, relations),
                )
            )
        except ValueError as error:
            raise ValueError(f"{suite.file}, row {n} ({each.id}): {error}") from error
    return filled


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)
