"""A DBAPI face for a DuckDB connection that belongs to somebody else.

SQLAlchemy opens, commits, rolls back and closes the connections that it is given; Great Expectations moreover
reads a result after the connection that produced it went back to the pool. On a borrowed connection (dbt's,
in the middle of its own transaction) each of these would do harm, so here they do nothing, and rows stay in
DuckDB until they are asked for.
"""

from collections.abc import Sequence
from typing import Any

import duckdb


class SessionConnection:
    """Hands SQLAlchemy cursors over ``session``, whose transaction and lifetime it never touches."""

    def __init__(self, session: duckdb.DuckDBPyConnection) -> None:
        self.session: duckdb.DuckDBPyConnection | None = session
        self.reader: SessionCursor | None = None

    def cursor(self) -> "SessionCursor":
        return SessionCursor(self)

    def begin(self) -> None:
        """Do nothing: the transaction is the owner's."""

    def commit(self) -> None:
        """Do nothing: the transaction is the owner's."""

    def rollback(self) -> None:
        """Do nothing: a rollback would discard the owner's work and the result about to be read."""

    def close(self) -> None:
        """Do nothing: the connection is the owner's."""

    def detach(self) -> None:
        """Let go of the session, since pools and metric caches may outlive the run."""
        self.session = self.reader = None


class SessionCursor:
    """A cursor that fetches lazily: DuckDB keeps the result, Python sees the rows that are fetched."""

    arraysize = 1

    def __init__(self, connection: SessionConnection) -> None:
        self.connection = connection

    def execute(self, statement: str, parameters: Sequence[Any] | None = None) -> None:
        if self.connection.session is None:
            raise duckdb.ConnectionException("the session of this validation run has ended")
        self.connection.session.execute(statement, list(parameters or ()))
        self.connection.reader = self

    @property
    def description(self) -> list[tuple[Any, ...]] | None:
        columns = self._result().description
        # DuckDB's type objects are not hashable in general, and SQLAlchemy keys on them.
        return None if columns is None else [(name, str(kind), *rest) for name, kind, *rest in columns]

    @property
    def rowcount(self) -> int:
        return -1

    def fetchone(self) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._result().fetchone()
        return row

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        return self._result().fetchmany(self.arraysize if size is None else size)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._result().fetchall()

    def close(self) -> None:
        if self.connection.reader is self:
            self.connection.reader = None

    def _result(self) -> duckdb.DuckDBPyConnection:
        # A DuckDB connection holds one result; a stale cursor would silently read another query's rows.
        if self.connection.session is None or self.connection.reader is not self:
            raise duckdb.InvalidInputException("this result was replaced by a later statement")
        return self.connection.session
