"""Probe the landing folder before SQL reads it, so that one bad file never stops the good ones.

DuckDB reads a glob as one table: a truncated Parquet file or a line that is not UTF-8 would fail the whole
build, or vanish. The probe opens each file once and says which can be read, how many rows it holds and
which lines no reader can take; those lines are kept, escaped, for the quarantine.
"""

import gzip
import json
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from glob import escape, glob
from itertools import islice
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa

MAX_LINE_BYTES = 32 * 1024 * 1024
"""Longest line that `read_lines` (macros/doors) is told to accept; longer ones are kept as rejected lines."""

FIELD_SEPARATOR = b"\x1f"
"""The separator `read_lines` splits on: a control character that valid JSON never holds."""

WITHHELD = "(withheld: it may hold private identifiers)"
"""What stands for a line where ids are private, or somebody is to be forgotten."""

QUOTING_SAMPLE = 20_480
"""First lines of a CSV file by which DuckDB guesses its dialect."""

FORMATS = {
    ".ndjson": "lines",
    ".jsonl": "lines",
    ".json": "lines",
    ".log": "lines",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}

DOORS = ("events", "units", "counts", "unit_attributes", "calendar")
"""Inputs that are doors; the others are trackers."""

FAMILIES = {"plain_csv": "csv"}
"""Formats that are told by more than the ending of a file, and what the ending tells."""

SCHEMA = pa.schema(
    [
        ("input", pa.string()),
        ("pattern", pa.string()),
        ("path", pa.string()),
        ("format", pa.string()),
        ("status", pa.string()),
        ("message", pa.string()),
        ("bytes", pa.int64()),
        ("modified_at", pa.string()),
        ("row_count", pa.int64()),
        (
            "rejected_lines",
            pa.list_(
                pa.struct(
                    [("line_number", pa.int64()), ("reason", pa.string()), ("raw_payload", pa.string())]
                )
            ),
        ),
    ]
)


@dataclass(frozen=True)
class RejectedLine:
    """A line that no SQL reader can take, with its 1-based number and its bytes in backslash escapes."""

    line_number: int
    reason: str
    raw_payload: str


@dataclass
class LandingFile:
    """What the probe found in one file (or, with `status = 'missing'`, for one pattern)."""

    input: str
    pattern: str
    path: str | None
    format: str | None
    status: str = "readable"
    message: str | None = None
    bytes: int = 0
    modified_at: str | None = None
    row_count: int = 0
    rejected_lines: list[RejectedLine] = field(default_factory=list)


def probe(
    connection: duckdb.DuckDBPyConnection,
    sources: dict[str, object],
    known: Sequence[dict[str, Any]] = (),
    keep_payloads: bool = True,
) -> pa.Table:
    """Probe every file that the inputs name.

    `sources` maps an input (a door or a tracker) to its variable: a pattern, a list of patterns, or anything
    else (a model, a relation, blank), which is none of the probe's business. Returns a table of `SCHEMA`
    with a row a file; a pattern that matches nothing gets one row of status `missing`. What cannot be read is
    also said on standard error, since dbt itself prints no more than a number.

    `known` are rows of an earlier probe: a file that has kept its size and time of change is not opened again.
    Without `keep_payloads` rejected lines stay in their files: they may hold ids that are not to be stored.
    """
    earlier = {(row["path"], row["bytes"], row["modified_at"]): row for row in known}
    found = [
        _known_file(earlier, file) or _probe_file(connection, file)
        for name, value in sources.items()
        for file in _files_of(name, value)
    ]
    for line in filter(None, map(_complaint, found)):
        print(line, file=sys.stderr, flush=True)
    rows = [asdict(file) for file in found]
    if not keep_payloads:
        for line in (line for row in rows for line in row["rejected_lines"]):
            line["raw_payload"] = WITHHELD
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def is_file_pattern(value: object) -> bool:
    """Whether a door's variable names files rather than a relation."""
    text = str(value)
    return "/" in text or "*" in text or Path(text.removesuffix(".gz")).suffix.lower() in FORMATS


def _known_file(earlier: dict[tuple[Any, ...], dict[str, Any]], file: LandingFile) -> LandingFile | None:
    row = earlier.get((file.path, file.bytes, file.modified_at))
    if row is None or row["status"] == "missing" or FAMILIES.get(row["format"], row["format"]) != file.format:
        return None
    return replace(
        file,
        format=row["format"],
        status=row["status"],
        message=row["message"],
        row_count=row["row_count"],
        rejected_lines=[RejectedLine(**line) for line in row["rejected_lines"] or []],
    )


def _files_of(name: str, value: object) -> Iterator[LandingFile]:
    values: Iterable[object] = value if isinstance(value, list | tuple) else [value]
    seen: set[str] = set()
    for pattern in filter(is_file_pattern, values):
        matches = glob(str(pattern), recursive=True)  # noqa: PTH207 (Path.glob takes no absolute pattern)
        paths = sorted(path for path in matches if Path(path).is_file())
        for path in paths:
            # Two patterns may name one file; it is read once.
            if path not in seen:
                seen.add(path)
                stat = Path(path).stat()
                yield LandingFile(
                    name,
                    str(pattern),
                    path,
                    _format_of(name, path),
                    bytes=stat.st_size,
                    modified_at=str(stat.st_mtime_ns),
                )
        if not paths:
            place = "" if Path(str(pattern)).is_absolute() else f" in {Path.cwd()}, where dbt runs"
            message = (
                f"no file matches '{pattern}'{place}: put the export there, set the variable `{_variable_of(name)}` "
                "to where it is, or to '' to leave it out (`microlift simulate` writes the demo's files)"
            )
            yield LandingFile(name, str(pattern), None, None, "missing", message)


def _complaint(file: LandingFile) -> str | None:
    """A line for the terminal on what was left out of a file, if anything was."""
    if file.status in ("unreadable", "empty"):
        return f"WARNING {file.path}: {file.message}"
    if file.status == "readable" and file.rejected_lines:
        first = file.rejected_lines[0]
        return (
            f"WARNING {file.path}: {len(file.rejected_lines)} of {file.row_count} lines cannot be read (the "
            f"first is line {first.line_number}: {first.reason}); they are in quality_quarantine, the others "
            "are loaded"
        )
    return None


def _variable_of(name: str) -> str:
    return name if name in DOORS else f"{name}_files"


def _format_of(name: str, path: str) -> str | None:
    suffix = Path(path.removesuffix(".gz")).suffix.lower()
    # Collectors write lines to the bucket under names of their own: `1445366400000.0a1b2c3d.1.gz`.
    is_bare = path.endswith(".gz") and suffix not in {*FORMATS, ".tar", ".zip"} and name not in DOORS
    # Snowplow's pipeline writes events as tabbed lines, without a header and without quotes.
    if name == "snowplow" and (is_bare or suffix == ".tsv"):
        return "enriched"
    return "lines" if is_bare else FORMATS.get(suffix)


def _probe_file(connection: duckdb.DuckDBPyConnection, file: LandingFile) -> LandingFile:
    if file.path is None:
        return file
    if file.format is None:
        known = ", ".join(sorted(FORMATS))
        file.status, file.message = (
            "unreadable",
            f"unknown file ending; known are {known} (and .gz of the text ones)",
        )
    elif file.bytes == 0:
        file.status, file.message = "empty", "the file is empty; nothing was read from it"
    else:
        try:
            PROBES[file.format](connection, file)
        except (OSError, EOFError, zlib.error, duckdb.Error) as error:
            first_line = str(error).strip().splitlines()[0]
            file.status, file.message = (
                "unreadable",
                f"{first_line} (export it again; the other files are loaded)",
            )
    return file


def _open(path: str) -> IO[bytes]:
    return gzip.open(path, "rb") if path.endswith(".gz") else Path(path).open("rb")  # type: ignore[return-value]


def _probe_lines(_: duckdb.DuckDBPyConnection, file: LandingFile) -> None:
    assert file.path is not None
    number = 0
    with _open(file.path) as stream:
        # A lone carriage return ends a line too, as it does for the SQL reader.
        for chunk in stream:
            for line in chunk.splitlines():
                number += 1
                if not line.strip(b" \t"):
                    continue
                file.row_count += 1
                if reason := _line_defect(line):
                    payload = line[:MAX_LINE_BYTES].decode("utf-8", "backslashreplace")
                    file.rejected_lines.append(RejectedLine(number, reason, payload))


def _line_defect(line: bytes) -> str | None:
    if len(line) > MAX_LINE_BYTES:
        return "line_too_long"
    if FIELD_SEPARATOR in line:
        return "control_character"
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return "invalid_utf8"
    return None


def _probe_parquet(connection: duckdb.DuckDBPyConnection, file: LandingFile) -> None:
    assert file.path is not None
    cursor = connection.cursor()
    path = escape(file.path)
    row = cursor.execute("select sum(num_rows) from parquet_file_metadata(?)", [path]).fetchone()
    # The footer can be whole where the pages are not: the first row group must decode as well.
    cursor.execute("select * from read_parquet(?) limit 1", [path]).fetchall()
    file.row_count = int(row[0] or 0) if row else 0


def _probe_csv(connection: duckdb.DuckDBPyConnection, file: LandingFile) -> None:
    assert file.path is not None
    # Where the first lines have no quote, DuckDB takes the quotes of later ones for text, and their commas for columns.
    with _open(file.path) as stream:
        if not any(b'"' in line for line in islice(stream, QUOTING_SAMPLE)):
            file.format = "plain_csv"
    quoting = "quote = '\"'," if file.format == "plain_csv" else ""
    cursor = connection.cursor()
    cursor.execute("drop table if exists microlift_csv_scans; drop table if exists microlift_csv_errors")
    # Rejects are written when the result is drained, so all of it is fetched; and a column that is not read
    # is not checked, so every column is counted.
    (counted,) = cursor.execute(
        f"select count(*), count(columns(*)) from read_csv(?, header = true, all_varchar = true, {quoting}"
        " ignore_errors = true, store_rejects = true, rejects_scan = 'microlift_csv_scans',"
        " rejects_table = 'microlift_csv_errors')",
        [escape(file.path)],
    ).fetchall()
    errors = cursor.execute(
        "select line, any_value(csv_line) from microlift_csv_errors group by line order by line"
    ).fetchall()
    file.rejected_lines = [RejectedLine(line, "broken_csv_line", payload) for line, payload in errors]
    file.row_count = int(counted[0]) + len(errors)


PROBES = {"lines": _probe_lines, "enriched": _probe_lines, "csv": _probe_csv, "parquet": _probe_parquet}
"""How each format is read for the first time."""


def sources_from_json(text: str) -> dict[str, object]:
    """Read the inputs' variables as the dbt model hands them over: one JSON object as text."""
    sources = json.loads(text)
    if not isinstance(sources, dict):
        raise ValueError(f"sources must be a JSON object of input → variable, not {text!r}")
    return sources
