"""The verdict table of the terminal."""

import duckdb
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

QUERY = """
    select experiment_name, verdict, scope, relative_lift, relative_lift_low, relative_lift_high,
        difference, difference_low, difference_high, evidence
    from microlift.results_decisions
    order by experiment_id
"""

QUARANTINE = """
    select sum(raw_rows), sum(valid_rows), sum(quarantined_rows), sum(excluded_rows), sum(conflicting_rows),
        sum(duplicate_rows)
    from microlift.quality_reconciliation
"""

NEXT = """Where to look next
  results_comparisons    every lift with interval, raw and corrected p       results_interactions   who it works for
  results_health         sample ratio, contamination                         quality_quarantine     rows not used, and why
  docs/                  doors, definitions, statistics, quality             dbt docs generate      lineage and columns"""


def show(connection: duckdb.DuckDBPyConnection, console: Console | None = None) -> None:
    """Print the decisions of a built warehouse, the account of its rows, and where to look next.

    Raises duckdb.CatalogException where the warehouse holds no results.
    """
    rows = connection.execute(QUERY).fetchall()
    account = connection.execute(QUARANTINE).fetchone()
    console = console or Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, 150))
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Experiment", min_width=14)
    table.add_column("Verdict", min_width=12)
    table.add_column("Lift (95% interval)", min_width=14)
    table.add_column("Why", ratio=1)
    for name, verdict, scope, *numbers, evidence in rows:
        shown = verdict if scope in ("everyone", "no one") else f"{verdict} ({scope})"
        table.add_row(escape(name), escape(shown), _lift(numbers), escape(evidence))
    console.print(table)
    if account and account[0]:
        raw, valid, quarantined, excluded, conflicting, duplicates = (f"{int(count):,}" for count in account)
        console.print(
            f"{raw} raw rows = {valid} valid + {quarantined} quarantined + {excluded} excluded + {conflicting} "
            f"conflicting + {duplicates} duplicate\n",
            highlight=False,
        )
    console.print(NEXT, highlight=False)


def _lift(numbers: list[float | None]) -> str:
    """The relative lift with its interval; the difference where the lift has none; one limit of a one-sided test."""
    lift, low, high, difference, difference_low, difference_high = numbers
    if lift is not None and low is not None and high is not None:
        return f"{lift:+.1%} ({low:+.1%} to {high:+.1%})"
    if difference is not None and difference_low is not None and difference_high is not None:
        return f"{difference:+.4g} ({difference_low:+.4g} to {difference_high:+.4g})"
    if lift is not None and low is not None:
        return f"{lift:+.1%} (at least {low:+.1%})"
    if lift is not None and high is not None:
        return f"{lift:+.1%} (at most {high:+.1%})"
    return "—"
