"""`microlift report` of a warehouse with many experiments: seconds, bytes, and how soon Chromium shows a page."""

import resource
import shutil
import time
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.runner import run_dbt
from microlift.report import Site, write_site
from microlift.report.read import Tables
from microlift.simulate import write_demo

USERS, EVENTS = 20_000, 200_000


def measure(folder: Path, database: Path | None, counts: list[int], variables: dict[str, Any]) -> None:
    """Print a line for each number of experiments: the first report, one in which nothing has changed, one of a tenth
    of the experiments changed, and the load of the overview and of the largest page.

    `database` is a built warehouse; without one a small demo is built in `folder` with the `variables`.
    """
    if database is None:
        write_demo(folder / "landing", USERS, EVENTS)
        run_dbt(folder, variables, "4GB")
        database = folder / "bench.duckdb"
    for count in counts:
        target, site = folder / f"{count}.duckdb", folder / f"report-{count}"
        target.unlink(missing_ok=True)
        shutil.rmtree(site, ignore_errors=True)
        replicate(database, target, count)
        first, seconds = _write(target, site)
        largest = max((site / "experiments").iterdir(), key=lambda page: page.stat().st_size)
        print(
            f"{count} experiments: {seconds}, {first.bytes / 1e6:.1f} MB, overview "
            f"{(site / 'index.html').stat().st_size / 1e3:.0f} kB, largest page {largest.stat().st_size / 1e3:.0f} kB"
        )
        again, seconds = _write(target, site)
        print(f"  again, nothing changed: {seconds}, {again.kept} pages kept")
        with duckdb.connect(str(target)) as connection:
            connection.execute(
                "update microlift.results_decisions set evidence = evidence || '; seen again'"
                " where hash(experiment_id) % 10 = 0"
            )
        some, seconds = _write(target, site)
        print(f"  again, {count - some.kept} experiments changed: {seconds}")
        for page in (site / "index.html", largest):
            print(f"  {page.name}: ready in Chromium after {load_seconds(page):.2f} s")


def _write(database: Path, site: Path) -> tuple[Site, str]:
    """The site, and how long it took: by the clock, and on all processors (which other work on the machine changes less)."""
    began, used = time.perf_counter(), _processor_seconds()
    with duckdb.connect(str(database), read_only=True) as connection:
        written = write_site(Tables(connection), site)
    return (
        written,
        f"{time.perf_counter() - began:.1f} s ({_processor_seconds() - used:.1f} s of processors)",
    )


def _processor_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def load_seconds(page: Path, times: int = 5) -> float:
    """Median seconds until Chromium has loaded and laid out a page."""
    from playwright.sync_api import sync_playwright  # a development dependency

    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    found = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        for _ in range(times):
            tab = browser.new_page()
            began = time.perf_counter()
            tab.goto(page.resolve().as_uri())
            tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            found.append(time.perf_counter() - began)
            tab.close()
        browser.close()
    return sorted(found)[times // 2]


def replicate(database: Path, target: Path, experiments: int) -> None:
    """A warehouse with the rows of each experiment repeated under new names until there are so many."""
    with duckdb.connect(str(target)) as connection:
        connection.execute(f"attach '{database}' as source (read_only)")
        connection.execute("create schema microlift")
        tables = connection.execute(
            "select table_name from duckdb_columns() where database_name = 'source' and schema_name = 'microlift'"
            " group by 1 having bool_or(column_name = 'experiment_id') and (table_name like 'results_%'"
            " or table_name like 'agg_%'"
            " or table_name in ('dim_experiments', 'dim_variants'))"
        ).fetchall()
        connection.execute(
            "create temp table copies as select experiment_id, n, experiment_id || '_' || n as fresh from"
            " source.microlift.dim_experiments, range(1000) as times (n) order by n, experiment_id limit ?",
            [experiments],
        )
        for (table,) in tables:
            columns = [
                name for name, *_ in connection.execute(f"describe source.microlift.{table}").fetchall()
            ]
            named = "experiment_name || ' ' || n as experiment_name"
            connection.execute(
                f"create table microlift.{table} as select * exclude (n, fresh, experiment_id)"
                f"{' replace (' + named + ')' if 'experiment_name' in columns else ''}, fresh as experiment_id"
                f" from source.microlift.{table} join copies using (experiment_id)"
            )
        for table in ("dim_metrics", "int_as_of", "quality_validations", "quality_reconciliation"):
            connection.execute(f"create table microlift.{table} as from source.microlift.{table}")
