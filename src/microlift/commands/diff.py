"""`microlift diff`: what two builds say differently, and why."""

import sys
from pathlib import Path

import click

from microlift.compare.builds import open_build
from microlift.compare.markdown import write
from microlift.compare.moved import difference


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=1e-9,
    show_default=True,
    help="Relative; less is the same.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Rows shown of a table."
)
@click.option(
    "--fail-on-move", is_flag=True, help="End with 1 where a result moved, for continuous integration."
)
def diff(before: Path, after: Path, tolerance: float, limit: int, fail_on_move: bool) -> None:
    """Print as Markdown which results moved from BEFORE to AFTER, and why: definitions, data or method.

    Each is a warehouse that dbt built, or a folder of a published version.

    \b
    Examples:
      microlift diff published/current warehouse.duckdb
      microlift diff main.duckdb branch.duckdb --fail-on-move > moved.md
    """
    try:
        with open_build(before) as old, open_build(after) as new:
            found = difference(old, new, tolerance)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(write(found, limit), nl=False)
    if fail_on_move and found.moves:
        sys.exit(1)
