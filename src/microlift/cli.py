"""The command line: write the demo, read what was decided, hand out the taxonomy and the segments."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import duckdb

from microlift import prelaunch as prelaunch_check
from microlift import segment_export
from microlift import taxonomy as event_taxonomy
from microlift import verdicts as verdict_table
from microlift.commands.calibrate import calibrate
from microlift.simulate import write_demo

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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="microlift")
def main() -> None:
    """Analytics for micro-behaviour experiments, in your warehouse.

    \b
    microlift simulate          write the demo's raw files to landing/
    dbt build                   turn them into result tables
    microlift verdicts          read what was decided
    microlift prelaunch         see that the events of experiments about to start arrive
    microlift taxonomy          write what events must look like, as JSON Schema
    microlift segments          export who is in which segment
    microlift calibrate         measure coverage and error rates of the methods
    """


@main.command()
@click.option(
    "--landing", type=click.Path(path_type=Path), default=Path("landing"), show_default=True, help="Folder."
)
@click.option("--users", type=click.IntRange(min=1), default=120_000, show_default=True, help="Visitors.")
@click.option(
    "--events", type=click.IntRange(min=1), default=1_200_000, show_default=True, help="Events, at least."
)
@click.option("--seed", type=int, default=20260105, show_default=True, help="Same seed, same bytes.")
@click.option(
    "--clean", is_flag=True, help="Leave out the dirt: duplicates, late rows, bots, broken lines, …"
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["segment", "parquet"]),
    default="segment",
    show_default=True,
    help="Segment's raw logs, or canonical events as Parquet.",
)
def simulate(landing: Path, users: int, events: int, seed: int, clean: bool, file_format: str) -> None:
    """Write raw tracker files with known effects planted in them.

    \b
    Examples:
      microlift simulate
      microlift simulate --users 20000 --events 200000 --seed 7
    """
    try:
        summary = write_demo(landing, users, events, seed, not clean, file_format)  # type: ignore[arg-type]
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"{summary.rows:,} rows of {summary.users:,} users in {len(summary.files)} files under {landing}/"
    )
    if summary.dirt:
        click.echo(
            "dirt: "
            + ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in summary.dirt.items())
        )


@main.command()
@the_database
def verdicts(database: Path) -> None:
    """Print one line an experiment: verdict and scope, lift with interval, and why."""
    with built(database, "results") as connection:
        verdict_table.show(connection)


@main.command()
@the_database
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("taxonomy"), show_default=True, help="Folder."
)
def taxonomy(database: Path, output: Path) -> None:
    """Write the taxonomy of events as JSON Schema, for those who instrument the site.

    events.schema.json has all events; events/ has a schema of the properties of each.
    """
    with built(database, "taxonomy") as connection:
        events = event_taxonomy.read(connection)
    try:
        files, left = event_taxonomy.write(events, output)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error}") from error
    click.echo(f"{len(files)} schemas under {output}/")
    for path in left:
        click.echo(f"{path} is of no event any more; delete it", err=True)


@main.command()
@the_database
@click.argument("experiment", required=False)
def prelaunch(database: Path, experiment: str | None) -> None:
    """Print whether the events of an experiment arrive; without a name, of all that are about to start."""
    with built(database, "pre-launch check") as connection:
        try:
            prelaunch_check.show(connection, experiment)
        except ValueError as error:
            raise click.ClickException(str(error)) from error


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--experiment", "experiments", multiple=True, help="Only this experiment (may be repeated).")
@click.option("--dimension", "dimensions", multiple=True, help="Only this dimension (may be repeated).")
@click.option("--variant", "with_variant", is_flag=True, help="Add the variant of each unit.")
@the_database
def segments(
    files: tuple[Path, ...],
    experiments: tuple[str, ...],
    dimensions: tuple[str, ...],
    with_variant: bool,
    database: Path,
) -> None:
    """Write who is in which segment to FILES, for personalisation; the ending tells the format.

    Without FILES: segments.parquet and segments.jsonl. A file appears when it is whole, in one step.

    \b
    Examples:
      microlift segments
      microlift segments users.parquet --dimension interest --dimension plan
      microlift segments users.jsonl --experiment aa_check --variant
    """
    paths = files or (Path("segments.parquet"), Path("segments.jsonl"))
    with built(database, "segments") as connection:
        try:
            rows = segment_export.export(connection, paths, experiments, dimensions, with_variant)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{rows:,} rows in {' and '.join(map(str, paths))}")


main.add_command(calibrate)
