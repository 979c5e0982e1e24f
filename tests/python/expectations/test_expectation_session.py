"""The DBAPI face of a borrowed connection."""

import duckdb
import pytest

from microlift.expectations.session import SessionConnection


def test_transaction_control_does_nothing(session: duckdb.DuckDBPyConnection) -> None:
    connection = SessionConnection(session)
    session.begin()
    session.execute("delete from events")
    for act in (connection.begin, connection.commit, connection.rollback, connection.close):
        act()
    session.rollback()
    assert session.execute("select count(*) from events").fetchall() == [(10,)]


def test_a_result_is_read_lazily_and_survives_a_rollback(session: duckdb.DuckDBPyConnection) -> None:
    connection = SessionConnection(session)
    cursor = connection.cursor()
    cursor.execute("select i from range($1) as t(i)", (1_000_000,))
    connection.rollback()
    assert cursor.fetchone() == (0,)
    assert cursor.fetchmany(2) == [(1,), (2,)]
    assert cursor.fetchmany() == [(3,)]
    assert cursor.description is not None
    assert cursor.description[0][:2] == ("i", "BIGINT")
    assert len(cursor.fetchall()) == 999_996


def test_a_stale_cursor_is_refused(session: duckdb.DuckDBPyConnection) -> None:
    connection = SessionConnection(session)
    first, second = connection.cursor(), connection.cursor()
    first.execute("select 1")
    second.execute("select 2")
    with pytest.raises(duckdb.InvalidInputException, match="replaced by a later statement"):
        first.fetchall()
    assert second.fetchall() == [(2,)]


def test_a_detached_connection_is_refused(session: duckdb.DuckDBPyConnection) -> None:
    connection = SessionConnection(session)
    cursor = connection.cursor()
    cursor.execute("select 1")
    connection.detach()
    with pytest.raises(duckdb.InvalidInputException):
        cursor.fetchall()
    with pytest.raises(duckdb.ConnectionException, match="has ended"):
        cursor.execute("select 1")
    assert session.execute("select 1").fetchall() == [(1,)]
