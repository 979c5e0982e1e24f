"""Rows of the public tables; a table that is not there is told from one that is empty."""

from dataclasses import dataclass, field
from typing import Any

import duckdb

Row = dict[str, Any]


@dataclass
class Tables:
    """The public tables of one warehouse, read only.

    `schema` is where they are, `names` those that exist.
    """

    connection: duckdb.DuckDBPyConnection
    schema: str = "microlift"
    names: frozenset[str] = field(init=False)
    _columns: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        found = self.connection.execute(
            "select table_name, list(column_name order by ordinal_position) from information_schema.columns"
            " where table_schema = ? group by all",
            [self.schema],
        ).fetchall()
        self._columns = dict(found)
        self.names = frozenset(self._columns)

    def __contains__(self, table: str) -> bool:
        return table in self.names

    @property
    def file(self) -> str | None:
        """The file that the tables are in; None where they are in memory."""
        found = self.connection.execute(
            "select path from duckdb_databases() where database_name = current_database()"
        ).fetchone()
        return found[0] if found else None

    def rows(
        self, table: str, where: str = "true", values: list[Any] | None = None, tail: str = ""
    ) -> list[Row]:
        """Rows of a table as dicts; none where the table does not exist."""
        if table not in self.names:
            return []
        return self.query(f'select * from {self.schema}."{table}" where {where} {tail}', values)

    def query(self, sql: str, values: list[Any] | None = None) -> list[Row]:
        """Rows of a query as dicts."""
        result = self.connection.execute(sql, values or [])
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns, in order; none where it does not exist."""
        return self._columns.get(table, [])

    def why_empty(self, table: str, of_what: str = "") -> str:
        """One sentence that tells why there is nothing to show of a table."""
        if table not in self.names:
            return f"The table {table} is not in this warehouse."
        return f"The table {table} has no rows{of_what}."
