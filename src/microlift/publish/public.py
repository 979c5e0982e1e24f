"""Which tables of a built warehouse are public, and how a warehouse is attached to be read."""

import re
from pathlib import Path

import duckdb

SCHEMA = "microlift"
PUBLIC = re.compile(
    r"(fct|dim|agg|results|quality)_.*|(unit|session)_(segments|clusters)|cluster_fits|refresh_runs"
)


def attach(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    """Attach a warehouse read-only and make its schema the one that names are looked up in.

    The catalog gets the name it had when it was built (that of the file), since views spell it out.

    Raises duckdb.IOException while a build writes the file, duckdb.CatalogException where it has no such schema.
    """
    catalog = database.stem.replace('"', '""')
    path = str(database).replace("'", "''")
    connection.execute(f"set TimeZone = 'UTC'; attach '{path}' as \"{catalog}\" (read_only)")
    connection.execute(f'use "{catalog}".{SCHEMA}')


def tables(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """The public tables and views of the current schema: for each its columns with their types, in order."""
    rows = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where database_name = current_database()"
        " and schema_name = current_schema() order by table_name, column_index"
    ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column, data_type in rows:
        if PUBLIC.fullmatch(table):
            found.setdefault(table, {})[column] = data_type
    return found
