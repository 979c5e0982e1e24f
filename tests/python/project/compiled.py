"""The project's own SQL on tables that a test makes up: compiled by dbt once, run in memory many times."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pyarrow as pa
from harness import Warehouse

Row = dict[str, Any]


class CompiledModels:
    """An in-memory copy of an empty warehouse, with typed tables, and the compiled SQL of its models."""

    built: ClassVar[Warehouse | None] = None
    """The empty warehouse: built once, in the first folder that is given, and shared by all."""

    def __init__(self, folder: Path, prepare: str = "") -> None:
        """With `prepare`, a copy of the warehouse is compiled again in a folder of its own, once this SQL has run in it."""
        if CompiledModels.built is None:
            warehouse = Warehouse(folder / "built")
            warehouse.folder.mkdir()
            build = warehouse.build()
            assert build.success, build.output[-3000:]
            CompiledModels.built = warehouse
        warehouse = CompiledModels.built
        if prepare:
            warehouse = Warehouse(folder)
            shutil.copy(CompiledModels.built.database, warehouse.database)
            with duckdb.connect(str(warehouse.database)) as connection:
                connection.execute(f"use microlift; {prepare}")
            compiled = warehouse.build("--full-refresh", command="compile")
            assert compiled.success, compiled.output[-3000:]
        root = warehouse.folder / "target" / "compiled" / "microlift" / "models"
        self.sql = {path.stem: path.read_text() for path in root.rglob("*.sql")}
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("set TimeZone = 'UTC'")
        self.connection.execute(f"attach '{warehouse.database}' as built (read_only)")
        # Compiled SQL names its catalogue, which is the name of the warehouse's file.
        self.connection.execute(f"attach ':memory:' as {warehouse.database.stem}")
        self.connection.execute(f"use {warehouse.database.stem}; create schema microlift; use microlift")

    def fill(self, **tables: Iterable[Row]) -> None:
        """Make tables with these rows, typed as the models build them; columns that a row lacks are NULL."""
        for name, rows in tables.items():
            self.connection.execute(f"create or replace table {name} as from built.microlift.{name} limit 0")
            if given := list(rows):
                columns = dict.fromkeys(column for row in given for column in row)
                table = pa.table({column: [row.get(column) for row in given] for column in columns})
                self.connection.register("given_rows", table)
                self.connection.execute(f"insert into {name} by name from given_rows")
                self.connection.unregister("given_rows")

    def run(self, *models: str) -> None:
        """Build models, in this order, from the tables that are there."""
        for model in models:
            self.connection.execute(f"create or replace table {model} as ({self.sql[model]}\n)")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()
