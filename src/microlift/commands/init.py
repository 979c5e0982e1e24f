"""`microlift init`: start a project of your own."""

from pathlib import Path

import click

from microlift.scaffold.trackers import TRACKERS


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the dbt project.  [default: made of the folder's]")
@click.option(
    "--tracker", type=click.Choice(sorted(TRACKERS)), help="Whose export will land.  [default: plain events]"
)
@click.option(
    "--door",
    type=click.Choice(["events", "units", "counts"]),
    default="events",
    show_default=True,
    help="Do events come in, a row a unit, or totals?",
)
@click.option("--example", is_flag=True, help="Write events to try it with, too.")
def init(folder: Path, name: str | None, tracker: str | None, door: str, example: bool) -> None:
    """Write a dbt project for your own data: settings, definitions to fill in, a folder for files.

    \b
    Examples:
      microlift init shop --example
      microlift init shop --tracker segment
      microlift init srv/analytics --name shop --door counts
    """
    from microlift.scaffold.link import LinkError
    from microlift.scaffold.write import InitError
    from microlift.scaffold.write import init as write

    try:
        written = write(folder, name, tracker, door, example)
    except (InitError, LinkError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"A project in {folder}/:")
    for file in written:
        click.echo(f"  {file}")
    click.echo("\nNext:")
    click.echo(f"  cd {folder}")
    if not example:
        click.echo(
            f"  # put your files into landing/{tracker or door}/, and your experiment into seeds/*.csv"
        )
    click.echo("  dbt build\n  microlift verdicts")
