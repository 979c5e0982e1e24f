"""`microlift report`: write the results as a static site."""

import sys
import time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from microlift.commands.database import built, the_database


@click.command()
@the_database
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("report"), show_default=True, help="Folder."
)
def report(database: Path, output: Path) -> None:
    """Write the results as a static site: open index.html in a browser, no server needed.

    A page for each experiment, the data quality, behaviour, and a glossary. The folder stands alone: zip it, mail
    it, or put it on any web server. An earlier report in it is replaced in one step.

    \b
    Examples:
      microlift report
      microlift report --database published.duckdb --output public/report
    """
    from microlift.report import (
        write_site,
    )  # draws charts: half a second that other commands need not wait for
    from microlift.report.read import Tables

    began = time.monotonic()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with built(database, "results") as connection, bar:
        task = bar.add_task("report", total=None)
        last_said = began

        def progress(done: int, of: int, what: str) -> None:
            nonlocal last_said
            bar.update(task, completed=done, total=of, description=what[:40])
            if bar.disable and time.monotonic() - last_said > 10:
                last_said = time.monotonic()
                print(f"report: {done} of {of} pages", file=sys.stderr, flush=True)

        try:
            site = write_site(Tables(connection), output, progress)
        except (ValueError, OSError) as error:
            raise click.ClickException(str(error)) from error
    kept = f" ({site.kept} unchanged)" if site.kept else ""
    click.echo(
        f"{site.pages} pages of {site.experiments} experiments{kept}, {site.bytes / 1e6:.1f} MB, in "
        f"{time.monotonic() - began:.1f} s: open {site.folder / 'index.html'}"
    )
