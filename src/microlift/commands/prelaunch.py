"""`microlift prelaunch`: see that events of experiments arrive."""

from pathlib import Path

import click

from microlift import prelaunch as prelaunch_check
from microlift.commands.database import built, the_database


@click.command()
@the_database
@click.argument("experiment", required=False)
def prelaunch(database: Path, experiment: str | None) -> None:
    """Print whether the events of an experiment arrive; without a name, of all that are about to start."""
    with built(database, "pre-launch check") as connection:
        try:
            prelaunch_check.show(connection, experiment)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
