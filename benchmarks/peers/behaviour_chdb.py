"""Sessions, and a windowed funnel by variant, in chDB: `FILES SCRATCH GAP_SECONDS WINDOW_SECONDS STEP…`."""

import sys

from chdb.session import Session
from measure import Measure

MICROSECONDS = "toUnixTimestamp64Micro(assumeNotNull(event_time))"

SESSIONS = f"""
    create table sessions engine = MergeTree order by tuple() as
    select device_id, times[start] as started_at, times[stop] as ended_at, stop - start + 1 as events
    from (
        select
            device_id,
            times,
            arrayFilter((i, gap) -> i = 1 or gap > {{gap}}, arrayEnumerate(times), arrayDifference(times)) as starts,
            arrayPushBack(arrayMap(x -> toInt64(x) - 1, arrayPopFront(starts)), toInt64(length(times))) as stops
        from (
            select assumeNotNull(device_id) as device_id, arraySort(groupArray({MICROSECONDS})) as times
            from {{source}}
            group by device_id
        )
    )
    array join starts as start, stops as stop
"""

FUNNEL = f"""
    create table funnel engine = MergeTree order by tuple() as
    select
        assumeNotNull(device_id) as device_id,
        argMinIf(JSONExtractString(properties, 'variant_id'), event_time, event_name = 'experiment_viewed') as variant_id,
        windowFunnel({{window}})(toUInt64({MICROSECONDS}), {{steps}}) as level
    from {{source}}
    where event_name in ('experiment_viewed', {{names}})
    group by device_id
"""


def main(files: str, scratch: str, gap: str, window: str, *names: str) -> None:
    session, measure = Session(scratch), Measure()
    session.query("set max_threads = 2")
    source = f"file('{files}', Parquet)"
    with measure.part("sessions"):
        session.query(SESSIONS.format(source=source, gap=int(gap) * 1_000_000))
    steps = ", ".join(f"event_name = '{name}'" for name in names)
    listed = ", ".join(f"'{name}'" for name in names)
    with measure.part("funnel"):
        session.query(FUNNEL.format(source=source, window=int(window) * 1_000_000, steps=steps, names=listed))
    count, events = _rows(session, "select count(), sum(events) from sessions")[0]
    levels = _rows(
        session,
        "select variant_id, level, count() from funnel where variant_id != '' group by all order by all",
    )
    measure.say(
        {
            "sessions": int(count),
            "events": int(events),
            "levels": [[variant, int(level), int(units)] for variant, level, units in levels],
        }
    )


def _rows(session: Session, query: str) -> list[list[str]]:
    return [line.split("\t") for line in str(session.query(query, "TSV")).splitlines()]


if __name__ == "__main__":
    main(*sys.argv[1:])
