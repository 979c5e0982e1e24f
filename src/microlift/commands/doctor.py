"""`microlift doctor`: is everything in place?"""

import sys
from pathlib import Path

import click

from microlift.commands.database import the_database
from microlift.commands.publish import the_folder
from microlift.doctor import examine

MARKS = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}


@click.command()
@the_database
@the_folder
@click.option(
    "--project-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder of dbt_project.yml.",
)
def doctor(database: Path, folder: Path, project_dir: Path) -> None:
    """Look at versions, profile, definitions, sources, rights, disk and locks, and say what to do.

    Ends with 1 where something has to be done before a build can work.

    \b
    Examples:
      microlift doctor
      microlift doctor --project-dir /srv/analytics --to /srv/microlift
    """
    findings = examine(database, project_dir, folder)
    for finding in findings:
        click.echo(f"{MARKS[finding.status]}  {finding.area:<11}  {finding.seen}")
        if finding.advice:
            click.echo(f"{'':22}-> {finding.advice}")
    if any(finding.status == "error" for finding in findings):
        sys.exit(1)
