"""The order, the files and the repetition of arrivals leave no trace in the tables of the event side."""

import random
from pathlib import Path

from harness import Warehouse

from microlift.simulate import write_demo

# Tables whose every column is a function of the events; `load_id` tells the file, on purpose.
TABLES = {
    "fct_events": "* exclude (load_id)",
    "fct_sessions": "*",
    "fct_exposures": "*",
    "fct_funnel_attempts": "*",
    "unit_segments": "*",
    "dim_segments": "*",
    "agg_funnel_steps": "*",
    "agg_variant_metrics": "*",
    "agg_variant_metrics_by_look": "*",
    "int_variant_strata": "*",
}


def built(folder: Path, lines: dict[str, list[bytes]], side: dict[str, str]) -> Warehouse:
    """A warehouse of these files of Segment's lines."""
    (folder / "segment").mkdir(parents=True)
    for name, own in lines.items():
        (folder / "segment" / name).write_bytes(b"\n".join(own) + b"\n")
    warehouse = Warehouse(folder)
    models = [f"+{name}" for name in TABLES]
    variables = {"events": "stg_segment", "segment_files": f"{folder}/segment/*.ndjson"} | side
    build = warehouse.build("--select", *models, variables=variables)
    assert build.success, build.output[-3000:]
    return warehouse


def test_shuffled_split_and_repeated_events_give_the_same_tables(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    write_demo(landing, users=1500, events=12_000)
    side = {"unit_attributes": f"{landing}/unit_attributes.csv", "calendar": f"{landing}/calendar.csv"}
    files = {path.name: path.read_bytes().splitlines() for path in sorted(landing.glob("segment/*.ndjson"))}
    first = built(tmp_path / "as_exported", files, side)

    # The same lines in three files at random, a tenth of them in two or three of the files.
    shuffler = random.Random(20260105)
    every = [line for own in files.values() for line in own]
    dealt: dict[str, list[bytes]] = {f"part-{part}.ndjson": [] for part in range(3)}
    for line in [*every, *shuffler.choices(every, k=len(every) // 10)]:
        shuffler.choice(list(dealt.values())).append(line)
    for own in dealt.values():
        shuffler.shuffle(own)
    second = built(tmp_path / "dealt", dealt, side)

    for table, columns in TABLES.items():
        query = f"select {columns} from {table} order by all"
        rows = first.execute(query)
        assert rows
        assert second.execute(query) == rows, table
    duplicates = "select sum(duplicate_rows) from quality_reconciliation where door = 'events'"
    assert second.execute(duplicates)[0][0] > first.execute(duplicates)[0][0] + 1000
