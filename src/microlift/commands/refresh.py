"""`microlift refresh`: from raw files to readers, for a scheduler."""

import signal
import sys
from pathlib import Path
from types import FrameType

import click

from microlift.commands.database import the_database
from microlift.commands.publish import the_folder, the_keep, the_minimum_cell

a_folder = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command(context_settings={"ignore_unknown_options": True})
@the_database
@the_folder
@the_keep
@the_minimum_cell
@click.option("--project-dir", type=a_folder, default=Path(), help="Folder of dbt_project.yml.")
@click.option("--profiles-dir", type=a_folder, help="Folder of profiles.yml.")
@click.option("--land", default="", metavar="COMMAND", help="Shell command that brings new files.")
@click.option("--alert", default="", metavar="COMMAND|URL", help="Whom to tell what changed, as JSON.")
@click.option(
    "--report", type=click.Path(path_type=Path), default=Path("report"), help="Folder of the report."
)
@click.option("--no-report", is_flag=True, help="Write no report.")
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False), help="Append the log here too.")
@click.argument("dbt", nargs=-1, type=click.UNPROCESSED)
def refresh(
    database: Path,
    folder: Path,
    keep: int,
    minimum_cell: int,
    project_dir: Path,
    profiles_dir: Path | None,
    land: str,
    alert: str,
    report: Path,
    no_report: bool,
    log: Path | None,
    dbt: tuple[str, ...],
) -> None:
    """Land, build, check, publish, report, and tell what changed. Options after -- go to `dbt build`.

    Exit codes: 0 done, 10 land, 11 build, 12 check, 13 publish, 14 report, 15 alert failed, 75 another one runs.
    It is safe to run again after each of them.

    \b
    Examples:
      microlift refresh
      microlift refresh --land "aws s3 sync s3://tracker/ landing/" --alert https://hooks.example.com/microlift
      microlift refresh --alert "jq -r '.changes[].message' | mail -s microlift team@example.com"
      microlift refresh -- --vars '{as_of: "2026-02-01"}'
    """
    from microlift.refresh.run import Settings  # dbt's start is paid in a process of its own
    from microlift.refresh.run import refresh as run_refresh

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    settings = Settings(
        database=database, folder=folder, project=project_dir, profiles=profiles_dir, land=land, alert=alert,
        report=None if no_report else report, keep=keep, minimum_cell=minimum_cell, dbt=dbt, log=log,
    )  # fmt: skip
    sys.exit(run_refresh(settings))
