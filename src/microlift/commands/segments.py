"""`microlift segments`: export who is in which segment."""

from pathlib import Path

import click

from microlift import segment_export
from microlift.commands.database import built, the_database


@click.command()
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
