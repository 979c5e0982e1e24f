"""`microlift simulate`: write the demo's raw files."""

from pathlib import Path

import click

from microlift.simulate import write_demo


@click.command()
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
