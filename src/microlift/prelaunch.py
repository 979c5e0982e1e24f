"""The pre-launch check in the terminal."""

import duckdb
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

QUERY = """
    select experiment_id, phase, role, name, event_name, status, what_to_do, events, events_per_day, last_event_at,
        events_by_variant
    from microlift.quality_prelaunch
    where experiment_id = $experiment or ($experiment is null and phase = 'about to start')
    order by experiment_id, case role when 'exposure' then 1 when 'metric' then 2 when 'denominator' then 3 else 4 end, name
"""


def show(
    connection: duckdb.DuckDBPyConnection, experiment: str | None, console: Console | None = None
) -> None:
    """Print what the check says of one experiment, or of all that are about to start.

    Raises ValueError where there is no such experiment, duckdb.CatalogException where the warehouse holds no check.
    """
    rows = connection.execute(QUERY, {"experiment": experiment}).fetchall()
    console = console or Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, 150))
    if not rows and experiment is not None:
        known = connection.execute(
            "select distinct experiment_id from microlift.quality_prelaunch order by 1"
        ).fetchall()
        names = ", ".join(name for (name,) in known) or "none"
        raise ValueError(f"there is nothing to check of an experiment {experiment!r}; there is of: {names}")
    if not rows:
        console.print("No experiment is about to start; name one to check it all the same.")
    for name in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == name]
        console.print(f"[bold]{escape(name)}[/bold], {own[0][1]}")
        console.print(_table(own))


def _table(rows: list[tuple[object, ...]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Needed for", "Event", "Status"):
        table.add_column(heading)
    for heading in ("Events", "A day"):
        table.add_column(heading, justify="right")
    table.add_column("Last")
    table.add_column("What to do", ratio=1)
    for _, _, role, name, event, status, advice, events, per_day, last, by_variant in rows:
        words = f"{advice} ({by_variant})" if by_variant else advice
        shown = (
            f"{role} {name or ''}",
            event or "",
            status,
            f"{events:,}",
            f"{per_day:,.1f}",
            f"{last:%Y-%m-%d %H:%M}" if last else "",
        )
        table.add_row(*(escape(str(cell)) for cell in (*shown, words)))
    return table
