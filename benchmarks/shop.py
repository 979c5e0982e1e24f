"""Events of an imaginary shop, made by DuckDB: the same for the same arguments, on any number of threads.

Visitors come on 30% of the days, for six events in the middle; all of them see the experiment on the first day. No two
events of a visitor share a moment, since not every engine can order such events.
"""

from pathlib import Path
from typing import Any

import duckdb

DAYS = 28
EVENTS_PER_USER = 51.4  # 0.3 × 28 visits of 6 events, and the first exposure
FUNNEL = ("product_viewed", "basket_added", "checkout_started", "purchase_made")
WINDOW_HOURS = 24

DAY = """
    with visits as (
        select visitor, cast(hash(visitor, {seed}, {day}) >> 1 as bigint) as dice
        from (select (place + {day} * 7919) % {users} + {first} as visitor from range({visitors}) as places(place))
    ),
    drawn as (
        select visitor, dice, step, cast(hash(dice, step) >> 1 as bigint) as chance
        from (select *, unnest(range({events_a_visit})) as step from visits)
    ),
    named as (
        select *, case
            when {day} = 0 or (step = 0 and dice % 100 < 15) then 'experiment_viewed'
            when chance % 100 < 38 then 'page_viewed'
            when chance % 100 < 64 then 'element_clicked'
            when chance % 100 < 78 then 'page_scrolled'
            when chance % 100 < 88 then 'product_viewed'
            when chance % 100 < 94 then 'basket_added'
            when chance % 100 < 98 then 'checkout_started'
            else 'purchase_made'
        end as event_name,
        -- A visit in ten pauses for two hours; steps are up to six minutes apart, and no two at one moment.
        timestamp '2026-01-05' + to_microseconds(
            {day} * 86400000000 + (dice >> 8) % 68400000000 + step * 180000000 + (chance >> 8) % 179000000
            + case when dice % 10 = 0 and step > dice % 7 then 7200000000 else 0 end
        ) as event_time
        from drawn
    )
    select
        printf('%016x', hash(visitor, step, {day}, {seed}, 'event')) as event_id,
        event_name,
        event_time,
        event_time + to_milliseconds(200 + chance % 4000) as received_time,
        printf('%016x', hash(visitor, 'device')) as device_id,
        cast(null as varchar) as user_id,
        '{{"device": "' || ['mobile', 'desktop', 'tablet'][1 + visitor % 3] || '", "page_path": "/p/' || chance % 5000 || '"'
        || case when event_name = 'experiment_viewed'
            then ', "experiment_id": "layout", "variant_id": "'
                || case when hash(visitor, 'variant') % 2 = 0 then 'current' else 'compact' end || '"'
            else '' end
        || '}}' as properties
    from named
    order by event_time
"""


def write_shop(folder: Path, events: int, seed: int = 1) -> None:
    """Write about this many events, a Parquet file a day."""
    users = round(events / EVENTS_PER_USER)
    for day in range(DAYS + 1):
        write_day(folder, day, users, share=0.3 if day else 1.0, seed=seed)


def write_day(folder: Path, day: int, users: int, share: float, seed: int = 1) -> None:
    """Write one day on which this share of the visitors comes; days after the last may be added."""
    folder.mkdir(parents=True, exist_ok=True)
    query = DAY.format(
        day=day, users=users, first=0, visitors=round(share * users), seed=seed,
        events_a_visit="1" if day == 0 else "1 + (dice >> 16) % 11",
    )  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute(f"copy ({query}) to '{folder}/day-{day:02}.parquet' (format parquet)")


DEFINITIONS: dict[str, list[dict[str, str]]] = {
    "experiments": [{"experiment_id": "layout", "unit_type": "user"}],
    "variants": [
        {"experiment_id": "layout", "variant_id": "current", "is_control": "true"},
        {"experiment_id": "layout", "variant_id": "compact", "is_control": "false"},
    ],
    "exposure_rules": [
        {"rule_id": "layout", "experiment_id": "layout", "event_name": "experiment_viewed", "property": "experiment_id",
         "operator": "equals", "value": "layout", "variant_property": "variant_id"},
    ],
    "metrics": [
        {"metric_id": "buys", "kind": "conversion", "event_name": "purchase_made", "window_end_hours": "168"},
    ],
    "experiment_metrics": [{"experiment_id": "layout", "metric_id": "buys", "role": "primary"}],
    "funnels": [
        {"funnel_id": "checkout", "step_order": "loose", "window_hours": str(WINDOW_HOURS), "counts_whom": "exposed"},
    ],
    "funnel_steps": [
        {"funnel_id": "checkout", "step_number": str(number), "event_name": name}
        for number, name in enumerate(FUNNEL, start=1)
    ],
    "exclusions": [
        {"exclusion_id": "staff", "property": "internal", "operator": "equals", "value": "true", "reason": "internal"},
        {"exclusion_id": "bots", "property": "user_agent", "operator": "contains", "value": "bot", "reason": "bot"},
    ],
}  # fmt: skip


def definition_tables() -> tuple[str, dict[str, str]]:
    """SQL that makes the definitions as tables of the schema `raw`, and the variable that points to them."""
    statements = ["create schema if not exists raw"]
    for name, rows in DEFINITIONS.items():
        values = ", ".join("(" + ", ".join(f"'{text}'" for text in row.values()) + ")" for row in rows)
        statements.append(
            f"create table raw.{name} as select * from (values {values}) as rows_of_it({', '.join(rows[0])})"
        )
    return ";\n".join(statements), {name: f"raw.{name}" for name in DEFINITIONS}


def shop_variables(folder: Path) -> dict[str, Any]:
    """The project's variables for events in this folder."""
    return {"events": f"{folder}/*.parquet", "unit_attributes": "", "calendar": "", "units": "", "counts": "",
            "definitions": definition_tables()[1]}  # fmt: skip
