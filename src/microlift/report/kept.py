"""Pages of an earlier report that need not be drawn again, since nothing that they were made of has changed."""

import hashlib
import re
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import duckdb

from microlift.report.read import Tables

OWN = ("results_", "agg_", "dim_experiments", "dim_variants", "quality_plan_changes")
SHARED = {"dim_metrics": "the_row", "dim_experiments": "(experiment_id, experiment_name)"}


def fingerprints(tables: Tables) -> dict[str, str]:
    """By experiment, a hash of its rows in every table that its page may show, of what all pages share, and of the code.

    What grows with every refresh and is on no page (units, events, days) has no part in it.
    """
    shared = hashlib.sha256(_code())
    for table, what in SHARED.items():
        if table in tables:
            rows = tables.query(f"select sum(hash({what})) as hash from {tables.schema}.{table} as the_row")
            shared.update(f"{table} {rows[0]['hash']}".encode())
    own: dict[str, list[str]] = {}
    for table in sorted(name for name in tables.names if name.startswith(OWN)):
        columns = tables.columns(table)
        shared.update(f"{table} {columns}".encode())
        if "experiment_id" not in columns:
            continue
        rows = tables.query(
            f"select experiment_id, count(*) as n, sum(hash(the_row)) as hash"
            f' from {tables.schema}."{table}" as the_row group by all'
        )
        for row in rows:
            own.setdefault(row["experiment_id"], []).append(f"{table} {row['n']} {row['hash']}")
    return {
        name: hashlib.sha256(f"{shared.hexdigest()} {' '.join(parts)}".encode()).hexdigest()[:32]
        for name, parts in own.items()
    }


@cache
def _code() -> bytes:
    """What draws: the versions, and the files of the report as this process found them."""
    code = hashlib.sha256(
        f"{version('microlift')} {duckdb.__version__} {version('vl-convert-python')}".encode()
    )
    for file in sorted(Path(str(files("microlift.report"))).rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            code.update(file.read_bytes())
    return code.digest()


def keep(earlier: Path, page: Path, fingerprint: str, as_of: str) -> bool:
    """Copy a page of the earlier report, with the time of the data now, if it was made of the same; else do nothing."""
    if not earlier.is_file():
        return False
    text = earlier.read_text(encoding="utf-8")
    if f'<meta name="made-of" content="{fingerprint}">' not in text[:2000]:
        return False
    start, foot, end = text.rpartition("<footer")
    end = re.sub(r"Data as of .*? UTC", lambda _: f"Data as of {as_of} UTC", end, count=1)
    page.write_text(start + foot + end, encoding="utf-8")
    return True
