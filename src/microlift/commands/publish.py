"""`microlift publish`: hand the public tables to their readers."""

from pathlib import Path

import click
import duckdb

from microlift.commands.database import the_database
from microlift.publish.store import LockedError
from microlift.publish.version import RefusedError
from microlift.publish.version import publish as publish_version

the_folder = click.option(
    "--to", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("published"), show_default=True,
    help="Folder of the versions.",
)  # fmt: skip
the_keep = click.option(
    "--keep", type=click.IntRange(min=1), default=5, show_default=True, help="Versions that stay."
)
the_minimum_cell = click.option(
    "--minimum-cell", type=click.IntRange(min=0), default=0, show_default=True,
    help="Suppress cells of fewer people (docs/publish.md); 0 suppresses none.",
)  # fmt: skip


@click.command()
@the_database
@the_folder
@the_keep
@the_minimum_cell
@click.option(
    "--run-results",
    type=click.Path(path_type=Path),
    default=Path("target/run_results.json"),
    show_default=True,
    help="dbt's account of its run.",
)
def publish(database: Path, folder: Path, keep: int, minimum_cell: int, run_results: Path) -> None:
    """Publish the public tables as a read-only DuckDB file and as Parquet, in one step for every reader.

    Nothing is published where a critical check failed: the version before stays current.

    \b
    Examples:
      microlift publish
      microlift publish --to /srv/microlift --keep 20 --minimum-cell 10
      duckdb -readonly published/current/published.duckdb "from microlift.results_decisions"
    """
    if not database.is_file():
        raise click.ClickException(
            f"there is no {database}: run `dbt build` first, or name the file with --database"
        )
    try:
        published = publish_version(database, folder, keep, minimum_cell, run_results)
    except RefusedError as error:
        raise click.ClickException(
            "nothing is published, the version before stays:\n  " + "\n  ".join(error.reasons)
        ) from error
    except LockedError as error:
        raise click.ClickException(str(error)) from error
    except duckdb.CatalogException as error:
        raise click.ClickException(f"{database} holds no whole build: run `dbt build` ({error})") from error
    except (duckdb.IOException, OSError) as error:
        raise click.ClickException(
            f"{database} cannot be read or {folder} not written, perhaps while a build runs: {error}"
        ) from error
    rows = published.manifest["rows"]
    click.echo(f"{sum(rows.values()):,} rows of {len(rows)} tables are current: {published.folder}")
