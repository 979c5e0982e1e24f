"""One version: copy the public tables out of the warehouse, write the manifest, move the pointer."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import duckdb

from microlift.compare.definitions import rows_of_definitions
from microlift.publish import gate, public, store, suppress


@dataclass(frozen=True)
class Published:
    """A version that is now current."""

    folder: Path
    manifest: dict[str, Any]


class RefusedError(ValueError):
    """The build must not be published; `reasons` says why."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__("\n".join(reasons))


def publish(
    database: Path,
    folder: Path,
    keep: int = 5,
    minimum_cell: int = 0,
    run_results: Path | None = None,
) -> Published:
    """Publish the public tables of a built warehouse as a new version of `folder`, and make it current.

    `minimum_cell` above 1 suppresses smaller cells (see `microlift.publish.suppress`). `keep` versions stay. Whatever
    happens before the last step, readers see the version that was current before.

    Raises RefusedError where a critical check failed, store.LockedError while another process publishes there,
    duckdb.IOException while a build writes the warehouse, duckdb.CatalogException where it holds no results, OSError
    where the folder cannot be written, ValueError for `keep` below 1 and a negative `minimum_cell`.
    """
    if keep < 1:
        raise ValueError(f"keep is {keep}: at least 1 version has to stay")
    if minimum_cell < 0:
        raise ValueError(f"minimum_cell is {minimum_cell}: give 0 (no suppression) or a count of units")
    with store.lock(folder / ".lock", f"microlift publish, process {os.getpid()}"):
        store.tidy(folder, keep)
        name = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        partial = folder / "versions" / (store.PARTIAL + name)
        (partial / "parquet").mkdir(parents=True)
        with duckdb.connect() as connection:
            public.attach(connection, database)
            reasons = gate.refusals(connection, run_results)
            if reasons:
                raise RefusedError(reasons)
            counts = _copy(connection, partial, minimum_cell)
            manifest = _manifest(connection, name, counts, minimum_cell)
        (partial / store.MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
        whole = store.finish(folder, partial, name)
        store.tidy(folder, keep)
    return Published(whole, manifest)


def _copy(connection: duckdb.DuckDBPyConnection, partial: Path, minimum_cell: int) -> dict[str, int]:
    """Copy every public table; returns its rows by name."""
    target = str(partial / store.DATABASE).replace("'", "''")
    connection.execute(f"attach '{target}' as published; create schema published.{public.SCHEMA}")
    found = public.tables(connection)
    queries = {table: f'from "{table}"' for table in found}
    if minimum_cell > 1:
        suppress.find_small(connection, minimum_cell)
        queries = {
            table: suppress.blanked(table, columns, minimum_cell)
            for table, columns in found.items()
            if not suppress.is_left_out(table, columns)
        }
    queries["published_definitions"] = rows_of_definitions(connection)
    counts = {}
    for table, query in queries.items():
        copy = f'published.{public.SCHEMA}."{table}"'
        parquet = str(partial / "parquet" / f"{table}.parquet").replace("'", "''")
        connection.execute(f"create table {copy} as {query}")
        connection.execute(f"copy {copy} to '{parquet}' (format parquet, compression zstd)")
        counts[table] = int(connection.execute(f"select count(*) from {copy}").fetchall()[0][0])
    connection.execute("detach published")
    return counts


def _manifest(
    connection: duckdb.DuckDBPyConnection, name: str, counts: dict[str, int], minimum_cell: int
) -> dict[str, Any]:
    """What a reader may want to know before reading: of which build, how fresh, how checked, how large."""
    (run_id, run_at, as_of) = connection.execute(
        "select run_id, run_at, as_of from int_run cross join int_as_of"
    ).fetchall()[0]
    now = datetime.now(UTC).replace(tzinfo=None)
    return {
        "version": name,
        "build_id": run_id,
        "built_at": f"{run_at:%Y-%m-%dT%H:%M:%SZ}",
        "published_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "data_until": f"{as_of:%Y-%m-%dT%H:%M:%SZ}",
        "lag_seconds": round((now - as_of).total_seconds()),
        "microlift_version": version_of("microlift"),
        "duckdb_version": duckdb.__version__,
        "checks": gate.checks(connection),
        "minimum_cell": minimum_cell,
        "rows": counts,
    }
