"""Writes a demo landing folder, block of people by block of people."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from .adjustments import adjustment_events
from .dirt import soil
from .frame import genuine_events, to_arrow
from .plan import DAY, END, START
from .render import canonical_rows, segment_lines
from .side_inputs import draw_unit_attributes, write_calendar, write_unit_attributes

FileFormat = Literal["segment", "parquet"]
BLOCK_ROWS = 250_000
ROWS_PER_USER = 10  # at least about as many, however few are asked for


@dataclass(frozen=True)
class DemoSummary:
    """What was written: ``rows`` in ``files``, of them ``genuine``, the rows of each kind of dirt, and of
    each kind of fault of the adjustments."""

    landing: Path
    file_format: str
    users: int
    rows: int
    genuine: int
    dirt: dict[str, int]
    faults: dict[str, int]
    files: tuple[Path, ...]


def write_demo(
    landing: Path,
    users: int = 120_000,
    events: int = 1_200_000,
    seed: int = 20260105,
    dirt: bool = True,
    file_format: FileFormat = "segment",
) -> DemoSummary:
    """Write 28 days of events, unit attributes and a calendar into ``landing``; equal arguments, equal bytes.

    ``events`` is the least number of genuine rows; more people than it can hold raise it. An earlier demo in
    ``landing`` is replaced; ``demo.json`` marks it as one.

    Raises ``ValueError`` for ``users`` or ``events`` below 1, a negative ``seed``, an unknown
    ``file_format``, or a ``landing`` that holds data of another origin.
    """
    for name, value, least in (("users", users, 1), ("events", events, 1), ("seed", seed, 0)):
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")
    if file_format not in ("segment", "parquet"):
        raise ValueError(f"file_format must be 'segment' or 'parquet', got {file_format!r}")
    arguments = {"users": users, "events": events, "seed": seed, "dirt": dirt, "file_format": file_format}
    _prepare(landing, arguments)
    tally = _Tally()
    blocks = _blocks(users, events, seed, dirt, file_format == "segment", tally)
    files = _write_segment(landing, blocks) if file_format == "segment" else _write_parquet(landing, blocks)
    sides = (write_unit_attributes(landing, tally.attributes), write_calendar(landing))
    return DemoSummary(
        landing=landing,
        file_format=file_format,
        users=users,
        rows=tally.rows,
        genuine=tally.genuine,
        dirt=dict(sorted(tally.dirt.items())),
        faults=dict(sorted(tally.faults.items())),
        files=(*files, *sides),
    )


class _Tally:
    def __init__(self) -> None:
        self.rows = 0
        self.genuine = 0
        self.dirt: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.attributes: list[pd.DataFrame] = []


def _blocks(
    users: int, events: int, seed: int, dirt: bool, text: bool, tally: _Tally
) -> Iterator[pd.DataFrame]:
    """Frames of consecutive blocks of people, small enough to keep memory flat."""
    people = max(1, BLOCK_ROWS // max(ROWS_PER_USER, -(-events // users)))
    for block, first in enumerate(range(0, users, people)):
        here = min(people, users - first)
        wanted = -(-events * (first + here) // users) - events * first // users
        frame = genuine_events(block, first, here, wanted, seed)
        served, faults = adjustment_events(frame, block, np.random.default_rng([seed, block, 3]))
        tally.genuine += len(frame) + len(served)
        tally.faults.update(faults)
        tally.attributes.append(draw_unit_attributes(frame, np.random.default_rng([seed, block, 2])))
        if dirt:
            frame, counts = soil(frame, block, seed, broken_lines=text)
            tally.dirt.update(counts)
        frame = pd.concat([frame, served], ignore_index=True)
        tally.rows += len(frame)
        yield frame


def _prepare(landing: Path, arguments: Mapping[str, object]) -> None:
    """Empty the landing folder of an earlier demo, and of nothing else."""
    marker = landing / "demo.json"
    mine = [landing / name for name in ("segment", "events", "unit_attributes.csv", "calendar.csv")]
    foreign = [] if marker.exists() else [path.name for path in mine if path.exists()]
    if foreign:
        raise ValueError(
            f"landing must be a new folder or that of an earlier demo, got {str(landing)!r} "
            f"with {', '.join(foreign)} of another origin"
        )
    for path in mine:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    landing.mkdir(parents=True, exist_ok=True)
    marker.write_text(json.dumps(arguments) + "\n")


def _write_segment(landing: Path, blocks: Iterator[pd.DataFrame]) -> list[Path]:
    """One file a received day, in the order of arrival."""
    folder = landing / "segment"
    folder.mkdir()
    files = []
    with TemporaryDirectory() as spool, duckdb.connect(str(Path(spool) / "spool.duckdb")) as connection:
        for number, frame in enumerate(blocks):
            connection.register("block", to_arrow(frame))
            verb = "create table events as" if number == 0 else "insert into events"
            connection.execute(f"{verb} select * from block")
            connection.unregister("block")
        for start in range(START, END, DAY):
            query = segment_lines("events", start, start + DAY)
            lines = connection.sql(query).to_arrow_table()["line"].cast(pa.binary())
            path = folder / f"{pd.Timestamp(start, unit='ms'):%Y-%m-%d}.ndjson"
            with path.open("wb") as file:
                file.writelines(lines.to_pylist())
            files.append(path)
    return files


def _write_parquet(landing: Path, blocks: Iterator[pd.DataFrame]) -> list[Path]:
    """One file a block of people."""
    folder = landing / "events"
    folder.mkdir()
    files = []
    with duckdb.connect() as connection:
        for number, frame in enumerate(blocks):
            path = folder / f"part-{number:03d}.parquet"
            connection.register("block", to_arrow(frame))
            rows = connection.sql(canonical_rows("block"))
            rows.write_parquet(str(path), compression="zstd")
            connection.unregister("block")
            files.append(path)
    return files
