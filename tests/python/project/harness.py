"""Run the real dbt project on a warehouse of its own, in this process, and look at what it left."""

import io
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "data"

CLOSED_DOORS = {"events": "", "units": "", "counts": "", "unit_attributes": "", "calendar": ""}


@dataclass(frozen=True)
class Build:
    """What a dbt command did: the status of every node by its name, their messages, and what was printed."""

    success: bool
    statuses: dict[str, str]
    messages: dict[str, str]
    output: str

    def of(self, status: str) -> set[str]:
        return {name for name, found in self.statuses.items() if found == status}


class Warehouse:
    """A DuckDB file in a folder of its own, and the project that builds it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "warehouse.duckdb"

    def execute(self, query: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query; public tables are found without their schema."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute("set TimeZone = 'UTC'; create schema if not exists microlift; use microlift")
            return connection.execute(query, list(parameters)).fetchall()

    def table(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute("set TimeZone = 'UTC'; use microlift")
            result = connection.execute(query)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def define(self, **tables: list[dict[str, str]]) -> dict[str, str]:
        """Write definition tables as text into the schema `raw`; returns the variable that points to them."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute("create schema if not exists raw")
            for name, rows in tables.items():
                columns = list(dict.fromkeys(key for row in rows for key in row))
                listed = ", ".join(f'"{column}" varchar' for column in columns)
                connection.execute(f"create or replace table raw.{name} ({listed})")
                places = ", ".join("?" for _ in columns)
                for row in rows:
                    values = [row.get(column) for column in columns]
                    connection.execute(f"insert into raw.{name} values ({places})", values)
        return {name: f"raw.{name}" for name in tables}

    def build(
        self, *arguments: str, variables: Mapping[str, Any] | None = None, command: str = "build"
    ) -> Build:
        """Run a dbt command with every door closed but those that `variables` opens."""
        given = CLOSED_DOORS | dict(variables or {})
        os.environ["MICROLIFT_DATABASE"] = str(self.database)
        printed = io.StringIO()
        with redirect_stdout(printed), redirect_stderr(printed):
            result = dbtRunner().invoke(
                [command, *arguments, "--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--no-use-colors",
                 "--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs"),
                 "--vars", json.dumps(given)]
            )  # fmt: skip
        DuckDBConnectionManager.close_all_connections()
        nodes = getattr(result.result, "results", None) or []
        output = printed.getvalue() + (f"\n{result.exception}" if result.exception else "")
        return Build(
            success=result.success,
            statuses={node.node.name: str(node.status) for node in nodes},
            messages={node.node.name: node.message or "" for node in nodes},
            output=output,
        )
