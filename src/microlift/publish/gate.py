"""May this build be published? Only what passed every critical check, as one whole run, may."""

import json
from pathlib import Path

import duckdb

SUITES = ("events", "exposures", "aggregates", "results")
BROKEN = ("error", "fail", "skipped", "runtime error", "partial success")

LAST_RUNS = """
    select suite, expectation_id, run_id, severity, success, message from quality_validations
    qualify run_at = max(run_at) over (partition by suite)
    order by suite, expectation_id
"""


def refusals(connection: duckdb.DuckDBPyConnection, run_results: Path | None = None) -> list[str]:
    """Why the build must not be published, in words; empty where it may.

    Asked are the last run of each suite in `quality_validations` (all have to be of the build itself, and no critical
    expectation may have failed) and dbt's `run_results.json`, where it is of the same run.
    """
    run = connection.execute("select run_id from int_run").fetchone()
    if not run:
        return ["the build has no run id (int_run is empty): run `dbt build` again"]
    rows = connection.execute(LAST_RUNS).fetchall()
    checked = {suite: run_id for suite, _, run_id, *_ in rows}
    reasons = [
        f"suite {suite} did not run in this build: it stopped before, or was built in part; run `dbt build`"
        for suite in SUITES
        if checked.get(suite) != run[0]
    ]
    reasons += [
        f"critical check failed: {suite}.{check}: {message}"
        for suite, check, _, severity, success, message in rows
        if severity == "critical" and not success
    ]
    return reasons + _broken_nodes(run_results, run[0])


def checks(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """Passed and failed expectations of the last run, by severity."""
    counted: dict[str, dict[str, int]] = {}
    for *_, severity, success, _ in connection.execute(LAST_RUNS).fetchall():
        row = counted.setdefault(severity, {"passed": 0, "failed": 0})
        row["passed" if success else "failed"] += 1
    return counted


def _broken_nodes(run_results: Path | None, run_id: str) -> list[str]:
    """Nodes of the same dbt run that did not come through."""
    if run_results is None or not run_results.is_file():
        return []
    try:
        content = json.loads(run_results.read_text())
    except ValueError:
        return [f"{run_results} is no JSON, perhaps since dbt was killed: run `dbt build` again"]
    if content.get("metadata", {}).get("invocation_id") != run_id:
        return []
    return [
        f"dbt: {result['unique_id']} {result['status']}: {(result.get('message') or '').strip()}"
        for result in content.get("results", [])
        if result["status"] in BROKEN
    ]
