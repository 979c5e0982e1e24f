"""A build to compare: a warehouse, a published database, or the folder of a published version."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from microlift.compare.definitions import rows_of_definitions
from microlift.publish import public

Row = dict[str, Any]


@dataclass(frozen=True)
class BuildData:
    """The public tables of a build, and its definitions."""

    connection: duckdb.DuckDBPyConnection
    name: str
    columns: dict[str, dict[str, str]]

    def rows(self, table: str) -> list[Row]:
        """All rows of a public table as dictionaries; none where the build has no such table."""
        if table not in self.columns:
            return []
        result = self.connection.execute(f'from "{table}"')
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def definitions(self) -> set[tuple[str, str]]:
        """All rows of definitions: table and row as JSON."""
        published = self.connection.execute(
            "select 1 from duckdb_tables() where table_name = 'published_definitions'"
        ).fetchall()
        query = "from published_definitions" if published else rows_of_definitions(self.connection)
        return set(self.connection.execute(query).fetchall())


@contextmanager
def open_build(path: Path) -> Iterator[BuildData]:
    """Open a build to read it.

    Raises ValueError where there is none or it cannot be read, with what to do.
    """
    database = path.resolve() / "published.duckdb" if path.is_dir() else path.resolve()
    if not database.is_file():
        raise ValueError(
            f"{path} is no build: name a DuckDB file that dbt built, or a folder of `microlift publish`"
            " (published/current, published/versions/…)"
        )
    with duckdb.connect() as connection:
        try:
            public.attach(connection, database)
        except duckdb.CatalogException as error:
            raise ValueError(f"{path} holds no schema `microlift`: run `dbt build` ({error})") from error
        except duckdb.IOException as error:
            raise ValueError(f"{path} cannot be opened, perhaps while a build writes it: {error}") from error
        yield BuildData(connection, str(path), public.tables(connection))
