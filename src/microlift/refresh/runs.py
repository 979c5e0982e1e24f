"""The table `refresh_runs`: what each refresh took and did. Grain: refresh."""

from pathlib import Path
from typing import Any

import duckdb

COLUMNS = {
    "refresh_id": "varchar",
    "started_at": "timestamp",
    "ended_at": "timestamp",
    "exit_code": "integer",
    "outcome": "varchar",
    "land_seconds": "double",
    "build_seconds": "double",
    "check_seconds": "double",
    "publish_seconds": "double",
    "report_seconds": "double",
    "total_seconds": "double",
    "raw_rows": "bigint",
    "new_rows": "bigint",
    "data_until": "timestamp",
    "lag_seconds": "double",
    "build_id": "varchar",
    "published_version": "varchar",
    "message": "varchar",
}


def record(database: Path, row: dict[str, Any]) -> None:
    """Append a refresh to the table in the warehouse, with what the build knows of its rows and their age.

    Raises duckdb.Error where the warehouse cannot be written.
    """
    with duckdb.connect(str(database)) as connection:
        connection.execute("set TimeZone = 'UTC'; create schema if not exists microlift")
        listed = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        connection.execute(f"create table if not exists microlift.refresh_runs ({listed})")
        row = row | _of_the_build(connection)
        if row.get("data_until") and row.get("ended_at"):
            row["lag_seconds"] = (row["ended_at"] - row["data_until"]).total_seconds()
        values = [row.get(name) for name in COLUMNS]
        places = ", ".join("?" for _ in COLUMNS)
        connection.execute(
            f"insert into microlift.refresh_runs ({', '.join(COLUMNS)}) values ({places})", values
        )


def _of_the_build(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Rows that came in, and those since the refresh before; nothing where the build did not get so far."""
    try:
        return dict(
            zip(
                ("build_id", "data_until", "raw_rows", "new_rows"),
                connection.execute(
                    "select r.run_id, a.as_of, cast(c.rows as bigint), cast(c.rows - coalesce(("
                    "select max_by(raw_rows, started_at) from microlift.refresh_runs), 0) as bigint) from microlift.int_run as r"
                    " cross join microlift.int_as_of as a"
                    " cross join (select coalesce(sum(raw_rows), 0) as rows from microlift.quality_reconciliation) as c"
                ).fetchall()[0],
                strict=True,
            )
        )
    except (duckdb.CatalogException, IndexError):
        return {}
