"""Erasure on request: tombstones of ids, a warehouse file without free blocks, and the search for what is left.

The build itself leaves an erased person out (macros/privacy); here is what no build can do.
"""

import csv
import gzip
import hashlib
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

COLUMNS = ("erased_id", "requested_at", "description")
"""Columns of the definition table `erasures`."""


def tombstone(identifier: str, salt: str) -> str:
    """What stands for an id that has to be forgotten: the same text as the macro `tombstone` makes.

    Eight digits of the salt's own hash, and 32 of SHA-256 of salt and id.
    """

    def digits(text: str) -> str:
        return hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()

    return f"{digits('')[:8]}-{digits(identifier)[:32]}"


def request(identifiers: Sequence[str], path: Path, salt: str) -> int:
    """Append tombstones to a CSV file with the columns of the table `erasures`; returns how many are new there.

    Raises ValueError for a blank id, or a file with other columns.
    """
    if any(not identifier.strip() for identifier in identifiers):
        raise ValueError("an id is blank: name whom to forget")
    known: set[str] = set()
    if path.is_file():
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise ValueError(
                    f"{path} has the columns {reader.fieldnames}: it needs {', '.join(COLUMNS)}, in this order"
                )
            known = {row["erased_id"] for row in reader}
    wanted = dict.fromkeys(tombstone(identifier.strip(), salt) for identifier in identifiers)
    new = [each for each in wanted if each not in known]
    requested_at = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    path.parent.mkdir(parents=True, exist_ok=True)
    ends_open = path.is_file() and not path.read_bytes().endswith(b"\n")
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if file.tell() == 0:
            writer.writerow(COLUMNS)
        elif ends_open:
            file.write("\n")
        writer.writerows((each, requested_at, "") for each in new)
    return len(new)


def compact(database: Path) -> None:
    """Copy a warehouse into a new file and put that in its place: deleted rows stay in a file's free blocks otherwise.

    Killed at any point, the one or the other whole file is there. Raises duckdb.IOException while somebody else has it open.
    """
    catalog = database.stem.replace('"', '""')
    aside = database.with_name(database.name + ".compact")
    aside.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute("force checkpoint")
    with duckdb.connect() as connection:
        connection.execute(f'attach {_literal(database)} as "{catalog}" (read_only)')
        connection.execute(f"attach {_literal(aside)} as compacted")
        connection.execute(f'copy from database "{catalog}" to compacted')
        connection.execute("detach compacted")
    with aside.open("rb") as file:
        os.fsync(file.fileno())
    aside.replace(database)


def unknown_requests(database: Path, identifiers: Sequence[str], salt: str) -> list[str]:
    """Those ids that the build did not take in: their list is not what the table `erasures` is read from."""
    with duckdb.connect(str(database), read_only=True) as connection:
        known = {
            row[0] for row in connection.execute("select erased_id from microlift.int_erased_ids").fetchall()
        }
    return [identifier for identifier in identifiers if tombstone(identifier.strip(), salt) not in known]


def tables_with(database: Path, identifiers: Iterable[str]) -> dict[str, int]:
    """Tables of a warehouse in which an id stands in some column's text, with the number of their rows."""
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute(
            "select schema_name, table_name from duckdb_tables() where not internal order by all"
        ).fetchall()
        found = {}
        for schema, table in names:
            ((rows,),) = connection.execute(
                f'select count(*) from "{schema}"."{table}" as t'
                " where list_bool_or(list_transform(?, lambda id: contains(cast(t as varchar), id)))",
                [list(identifiers)],
            ).fetchall()
            if rows:
                found[f"{schema}.{table}"] = int(rows)
    return found


def files_with(paths: Iterable[Path], identifiers: Iterable[str]) -> list[Path]:
    """Files, also those in folders, in which an id stands: in their bytes, or in the rows of Parquet and DuckDB files.

    What ends in .gz is unpacked.
    """
    wanted = list(identifiers)
    files = (
        file
        for path in paths
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if file.is_file()
    )
    return [file for file in files if _holds(file, wanted)]


def landing_files(database: Path) -> list[Path]:
    """The raw files that the last build found."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select distinct path from microlift.landing_files where path is not null order by 1"
        )
        return [Path(path) for (path,) in rows.fetchall()]


def _holds(file: Path, identifiers: Sequence[str]) -> bool:
    needles = [identifier.encode() for identifier in identifiers]
    if file.suffix == ".parquet":
        with duckdb.connect() as connection:
            try:
                ((rows,),) = connection.execute(
                    f"select count(*) from read_parquet({_literal(file)}) as t"
                    " where list_bool_or(list_transform(?, lambda id: contains(cast(t as varchar), id)))",
                    [list(identifiers)],
                ).fetchall()
            except duckdb.Error:  # not whole: its bytes are all that can be looked at
                rows = 0
        if rows:
            return True
    elif file.suffix == ".duckdb" and tables_with(file, identifiers):
        return True
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
        overlap, tail = max(map(len, needles)) - 1, b""
        while block := stream.read(1 << 22):
            if any(needle in tail + block for needle in needles):
                return True
            tail = (tail + block)[-overlap:] if overlap else b""
    return False


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
