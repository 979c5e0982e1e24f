"""What a refresh costs by the share of visitors that its arrivals touch, against a full build of the same warehouse.

A build of nothing (closed doors, the same definitions) tells what dbt needs to parse, to import and to run empty nodes. It
is taken off both sides, since it is the same for any number of events. Processor seconds are told beside the wall, for
machines that others use too.
"""

import shutil
from pathlib import Path

import click

from benchmarks.runner import CLOSED_DOORS, Run, run_dbt
from benchmarks.shop import DAYS, EVENTS_PER_USER, definition_tables, shop_variables, write_day, write_shop

SHARES = (0.0, 0.02, 0.10)


def measure(folder: Path, events: int, memory: str) -> None:
    """Full build, then a refresh for each share; print seconds, ratios and the dearest nodes."""
    files, users = folder / "shop", round(events / EVENTS_PER_USER)
    setup, definitions = definition_tables()
    shutil.rmtree(files, ignore_errors=True)
    write_shop(files, events)
    nothing = run_dbt(folder, CLOSED_DOORS | {"definitions": definitions}, memory, setup)
    full = run_dbt(folder, shop_variables(files), memory, setup)
    _say("nothing to read", nothing)
    _say(f"full build, {events:,} events", full)
    for place, share in enumerate(SHARES):
        if share:
            write_day(files, DAYS + place, users, share)
        run = run_dbt(folder, shop_variables(files), memory, is_refresh=True)
        _say(f"refresh, {share:.0%} of the visitors", run)
        wall = (run.seconds - nothing.seconds) / (full.seconds - nothing.seconds)
        processor = (run.processor - nothing.processor) / (full.processor - nothing.processor)
        click.echo(
            f"    without start-up: {wall:.1%} of the full build's wall, {processor:.1%} of its processor seconds"
        )
        dearer = {name: seconds - nothing.nodes.get(name, 0.0) for name, seconds in run.nodes.items()}
        for name in sorted(dearer, key=dearer.__getitem__, reverse=True)[:12]:
            click.echo(f"    {dearer[name]:7.2f} s  (full {full.nodes.get(name, 0.0):7.2f} s)  {name}")


def _say(what: str, run: Run) -> None:
    click.echo(
        f"{what:32} {run.seconds:7.1f} s  {run.processor:7.1f} s of processor  {run.peak_mib:7,.0f} MiB"
    )
