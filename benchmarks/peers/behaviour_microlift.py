"""The project's own compiled models, run in a warehouse that holds what they read: `DATABASE COMPILED MODEL…`."""

import sys
from pathlib import Path

import duckdb
from measure import Measure

LEVELS = """
    with levels as (
        select variant_id, units, step_number, units_reached,
            units_reached - coalesce(lead(units_reached) over (partition by variant_id order by step_number), 0) as stopped
        from agg_funnel_steps
        where experiment_id != 'all' and segment_dimension = 'all'
    )
    select variant_id, step_number as level, stopped from levels
    union all
    select variant_id, 0, units - units_reached from levels where step_number = 1
    order by all
"""


def main(database: str, compiled: str, *models: str) -> None:
    """Build each model anew, its table written; the parts are the models."""
    sql = {path.stem: path for path in Path(compiled).rglob("*.sql")}
    measure = Measure()
    with duckdb.connect(database, config={"threads": 2, "preserve_insertion_order": False}) as connection:
        connection.execute("set TimeZone = 'UTC'; use microlift")
        for model in models:
            with measure.part(model):
                connection.execute(f"create or replace table {model} as ({sql[model].read_text()}\n)")
        ((sessions, events),) = connection.execute(
            "select count(*), sum(events) from int_sessions"
        ).fetchall()
        levels = connection.execute(LEVELS).fetchall()
    measure.say({"sessions": sessions, "events": int(events), "levels": [list(row) for row in levels]})


if __name__ == "__main__":
    main(*sys.argv[1:])
