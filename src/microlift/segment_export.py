"""Who is in which segment, as files for the systems that personalise."""

import os
from collections.abc import Sequence
from pathlib import Path

import duckdb

FORMATS = {
    ".parquet": "format parquet, compression zstd",
    ".jsonl": "format json, array false",
    ".ndjson": "format json, array false",
}

CHOSEN = """
    create or replace temporary table exported_segments as
    select s.experiment_id, s.unit_id, {variant} s.segment_dimension, s.segment, s.basis
    from microlift.unit_segments as s
    inner join microlift.fct_exposures as x on x.experiment_id = s.experiment_id and x.unit_id = s.unit_id
    where case when $experiments is null then true else list_contains($experiments, s.experiment_id) end
        and case when $dimensions is null then s.segment_dimension != 'all'
            else list_contains($dimensions, s.segment_dimension) end
"""


def export(
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    experiments: Sequence[str] = (),
    dimensions: Sequence[str] = (),
    with_variant: bool = False,
) -> int:
    """Write a row for each experiment, unit and segment dimension to every path; returns the number of rows.

    The ending of a path is its format: `.parquet`, or `.jsonl` and `.ndjson` for JSON lines. Columns are
    experiment_id, unit_id, (variant_id,) segment_dimension, segment and basis, rows are sorted. Without
    `experiments` and `dimensions` all are written, but for the dimension 'all', which is everybody. Files are
    written aside and renamed when all of them are whole, so a reader never sees a part of one.

    Raises ValueError for a path of another ending, or that cannot be written, for experiments and dimensions that
    are not there, and where there is nothing to write; duckdb.CatalogException where the warehouse has no segments.
    """
    for path in paths:
        if path.suffix not in FORMATS:
            raise ValueError(f"{path}: name a file that ends in {', '.join(FORMATS)}")
        if not path.absolute().parent.is_dir():
            raise ValueError(f"{path}: there is no folder {path.parent}; create it first")
    for column, asked in (("experiment_id", experiments), ("segment_dimension", dimensions)):
        _check_known(connection, column, asked)
    connection.execute(
        CHOSEN.format(variant="x.variant_id," if with_variant else ""),
        {"experiments": list(experiments) or None, "dimensions": list(dimensions) or None},
    )
    (rows,) = connection.execute("select count(*) from exported_segments").fetchone() or (0,)
    if not rows:
        raise ValueError(
            "there is nothing to export: no exposed unit has such a segment; add rows to the definition table"
            " `segments`, or choose others with --experiment and --dimension"
        )
    _write(connection, paths)
    return int(rows)


def _check_known(connection: duckdb.DuckDBPyConnection, column: str, asked: Sequence[str]) -> None:
    if not asked:
        return
    found = connection.execute(f"select distinct {column} from microlift.dim_segments order by 1").fetchall()
    known = [name for (name,) in found]
    for name in asked:
        if name not in known:
            raise ValueError(f"no {column} is '{name}'; known are {', '.join(known) or 'none'}")


def _write(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    aside = {path: path.with_name(f".{path.name}.{os.getpid()}.partial") for path in paths}
    try:
        for path, partial in aside.items():
            name = str(partial).replace("'", "''")
            connection.execute(
                f"copy (from exported_segments order by all) to '{name}' ({FORMATS[path.suffix]})"
            )
        for path, partial in aside.items():
            partial.replace(path)
    except (duckdb.IOException, OSError) as error:
        raise ValueError(f"{path} could not be written: {error}") from error
    finally:
        for partial in aside.values():
            if partial.is_file():
                partial.unlink()
