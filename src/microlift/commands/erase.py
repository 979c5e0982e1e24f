"""`microlift erase`: forget a person, everywhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import duckdb

from microlift import erase as erasure
from microlift.commands.database import the_database
from microlift.commands.publish import the_folder, the_minimum_cell
from microlift.publish import store

if TYPE_CHECKING:
    from microlift.refresh.run import Settings

a_folder = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command(context_settings={"ignore_unknown_options": True})
@the_database
@the_folder
@the_minimum_cell
@click.option(
    "--id", "identifiers", multiple=True, metavar="ID", help="Id of a user, device or unit; may be repeated."
)
@click.option(
    "--ids",
    "id_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File with an id a line.",
)
@click.option(
    "--requests",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV of the table `erasures`.  [default: seeds/def_erasures.csv]",
)
@click.option("--project-dir", type=a_folder, default=Path(), help="Folder of dbt_project.yml.")
@click.option("--profiles-dir", type=a_folder, help="Folder of profiles.yml.")
@click.option(
    "--report", type=click.Path(path_type=Path), default=Path("report"), help="Folder of the report."
)
@click.argument("dbt", nargs=-1, type=click.UNPROCESSED)
def erase(
    database: Path,
    folder: Path,
    minimum_cell: int,
    identifiers: tuple[str, ...],
    id_file: Path | None,
    requests: Path | None,
    project_dir: Path,
    profiles_dir: Path | None,
    report: Path,
    dbt: tuple[str, ...],
) -> None:
    """Forget persons: their rows go from every table, older published versions, the report and the free blocks of the file.

    Tombstones of the ids (salted hashes, MICROLIFT_SALT) are appended to the list of requests, the project is built, a
    new version is published where there is one, and the warehouse is copied into a new file. Raw files are yours: those
    that still hold an id are named, and every build leaves their rows out. Without an id, what the table `erasures` asks
    for is carried out.
    Options after -- go to `dbt build`. Ends with 1 where an id is left in what microlift wrote; it is safe to run again.

    \b
    Examples:
      microlift erase --id u-1029 --id 5f0c2d77-anonymous
      microlift erase --ids requests.txt -- --vars "$(cat shop/vars.yml)"
    """
    from microlift.refresh.run import Settings, StageFailedError, lock_of

    salt = os.environ.get("MICROLIFT_SALT", "")
    wanted = [*identifiers, *(id_file.read_text(encoding="utf-8").split("\n") if id_file else [])]
    wanted = [identifier.strip() for identifier in wanted if identifier.strip()]
    if (identifiers or id_file) and not wanted:
        raise click.ClickException("every id is blank: name whom to forget")
    if not database.is_file():
        raise click.ClickException(
            f"there is no {database}: nobody can be forgotten in it; name the file with --database"
        )
    requests = requests or project_dir / "seeds" / "def_erasures.csv"
    settings = Settings(
        database=database, folder=folder, project=project_dir, profiles=profiles_dir, minimum_cell=minimum_cell, dbt=dbt,
        report=report if report.is_dir() else None,
    )  # fmt: skip
    try:
        if wanted:
            click.echo(f"{erasure.request(wanted, requests, salt)} new requests in {requests}")
        with store.lock(lock_of(database), f"microlift erase, process {os.getpid()}"):
            _carry_out(settings, wanted, salt)
    except store.LockedError as error:
        raise click.ClickException(str(error)) from error
    except (StageFailedError, ValueError, OSError, duckdb.Error) as error:
        raise click.ClickException(
            f"{error}\nThe erasure is not complete: run `microlift erase` again"
        ) from error
    if wanted and _tell_what_is_left(settings, wanted):
        sys.exit(1)


def _carry_out(settings: Settings, wanted: list[str], salt: str) -> None:
    from microlift.publish.version import publish
    from microlift.refresh import told
    from microlift.refresh.run import build, report_command

    build(settings)
    if unknown := erasure.unknown_requests(settings.database, wanted, salt):
        raise ValueError(
            f"the build knows nothing of {len(unknown)} of the requests: name their list in the variable `definitions`"
            " (erasures: def_erasures), and run it with the same MICROLIFT_SALT"
        )
    if state := told.read(settings.database):
        for check in state.get("checks", {}).values():
            check["message"] = check.get("check")  # it names rows for example
        told.write(settings.database, state)
    erasure.compact(settings.database)
    click.echo(f"{settings.database} is a new file")
    if store.versions(settings.folder):
        published = publish(settings.database, settings.folder, 1, settings.minimum_cell)
        click.echo(f"{published.folder} is the only version")
    if settings.report and (write_report := report_command()):
        write_report(settings.database, settings.report)


def _tell_what_is_left(settings: Settings, wanted: list[str]) -> bool:
    """Print where an id still is; returns whether that is in something that microlift wrote."""
    own = erasure.tables_with(settings.database, wanted)
    for table, rows in own.items():
        click.echo(f"still in {rows:,} rows of the table {table}", err=True)
    from microlift.refresh import told

    written = [
        settings.database,
        told.path_of(settings.database),
        settings.folder,
        *([settings.report] if settings.report else []),
    ]
    files = erasure.files_with((path for path in written if path.exists()), wanted)
    for file in files:
        click.echo(f"still in {file}", err=True)
    logs = [settings.project / "target", settings.project / "logs"]
    for file in erasure.files_with((path for path in logs if path.exists()), wanted):
        click.echo(f"{file} of dbt still holds an id: delete it (`dbt clean` empties target/)", err=True)
    raw = [path for path in erasure.landing_files(settings.database) if path.is_file()]
    for file in erasure.files_with(raw, wanted):
        click.echo(
            f"{file} still holds an id: it is yours to rewrite or delete; builds leave its rows out", err=True
        )
    return bool(files) or any(table.startswith("microlift.") for table in own)
