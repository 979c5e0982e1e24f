"""`microlift verdicts`: read what was decided."""

from pathlib import Path

import click

from microlift import verdicts as verdict_table
from microlift.commands.database import built, the_database


@click.command()
@the_database
def verdicts(database: Path) -> None:
    """Print one line an experiment: verdict and scope, lift with interval, and why."""
    with built(database, "results") as connection:
        verdict_table.show(connection)
