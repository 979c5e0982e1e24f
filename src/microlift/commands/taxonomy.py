"""`microlift taxonomy`: hand out the taxonomy of events."""

from pathlib import Path

import click

from microlift import taxonomy as event_taxonomy
from microlift.commands.database import built, the_database


@click.command()
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
