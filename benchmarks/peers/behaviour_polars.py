"""Sessions, and a windowed funnel by variant, in polars: `FILES SCRATCH GAP_SECONDS WINDOW_SECONDS STEP…`."""

import sys

import polars as pl
from measure import Measure


def sessions(events: pl.LazyFrame, gap: int) -> pl.LazyFrame:
    device, time = pl.col("device_id"), pl.col("event_time")
    starts = (device != device.shift()).fill_null(True) | (time - time.shift() > pl.duration(seconds=gap))
    return (
        events.select("device_id", "event_time")
        .sort("device_id", "event_time")
        .with_columns(session=starts.cum_sum())
        .group_by("session")
        .agg(device.first(), started_at=time.min(), ended_at=time.max(), events=pl.len())
    )


def funnel(events: pl.LazyFrame, window: int, names: tuple[str, ...]) -> pl.LazyFrame:
    """Of each event of a step: the start of the latest attempt that comes this far with it, if its window holds."""
    variants = (
        events.filter(pl.col("event_name") == "experiment_viewed")
        .select(
            "device_id", "event_time", variant_id=pl.col("properties").str.json_path_match("$.variant_id")
        )
        .group_by("device_id")
        .agg(pl.col("variant_id").sort_by("event_time").first())
    )
    frame = (
        events.filter(pl.col("event_name").is_in(names))
        .select("device_id", "event_time", "event_name")
        .sort("device_id", "event_time")
        .with_columns(start_1=pl.when(pl.col("event_name") == names[0]).then("event_time"))
    )
    for step, name in enumerate(names[1:], start=2):
        frame = frame.with_columns(before=pl.col(f"start_{step - 1}").forward_fill().over("device_id"))
        in_time = pl.col("event_time") - pl.col("before") <= pl.duration(seconds=window)
        frame = frame.with_columns(
            pl.when((pl.col("event_name") == name) & in_time).then("before").alias(f"start_{step}")
        )
    reached = [
        pl.when(pl.col(f"start_{step}").is_not_null().any()).then(step).otherwise(0)
        for step in range(1, len(names) + 1)
    ]
    levels = frame.group_by("device_id").agg(level=pl.max_horizontal(reached))
    return variants.join(levels, on="device_id", how="left").with_columns(pl.col("level").fill_null(0))


def main(files: str, scratch: str, gap: str, window: str, *names: str) -> None:
    measure, events = Measure(), pl.scan_parquet(files)
    with measure.part("sessions"):
        sessions(events, int(gap)).collect(engine="streaming").write_parquet(f"{scratch}/sessions.parquet")
    with measure.part("funnel"):
        funnel(events, int(window), names).collect(engine="streaming").write_parquet(
            f"{scratch}/funnel.parquet"
        )
    found = pl.read_parquet(f"{scratch}/sessions.parquet")
    levels = pl.read_parquet(f"{scratch}/funnel.parquet").group_by("variant_id", "level").len()
    measure.say(
        {
            "sessions": found.height,
            "events": int(found["events"].sum()),
            "levels": [list(row) for row in levels.sort("variant_id", "level").rows()],
        }
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
