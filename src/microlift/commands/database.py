"""The option that names a built warehouse, and the connection that reads it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import duckdb

DEFAULT_DATABASE = "warehouse.duckdb"

the_database = click.option(
    "--database",
    type=click.Path(path_type=Path),
    default=lambda: Path(os.environ.get("MICROLIFT_DATABASE", DEFAULT_DATABASE)),
    help=f"DuckDB file that dbt built.  [default: $MICROLIFT_DATABASE or {DEFAULT_DATABASE}]",
)


@contextmanager
def built(database: Path, what: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A built warehouse, to read `what` from; says what to do where it cannot be read."""
    if not database.is_file():
        raise click.ClickException(
            f"there is no {database}: run `dbt build` first, or name the file with --database"
        )
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            yield connection
    except duckdb.CatalogException as error:
        raise click.ClickException(
            f"{database} holds no microlift {what} yet: run `dbt build` ({error})"
        ) from error
    except duckdb.IOException as error:
        raise click.ClickException(
            f"{database} cannot be opened, perhaps while a build writes it: {error}"
        ) from error
