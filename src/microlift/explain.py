"""From a row of a result down to its units: the lineage, and SQL that anybody can run to see the same number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

TABLES = {
    "results_comparisons": ("variant_id", "baseline_variant_id"),
    "results_intervals": ("variant_id",),
    "agg_variant_metrics": ("variant_id",),
}

LINEAGE = (
    ("agg_variant_metrics", "units, successes and sums of each variant, all allocation epochs together"),
    ("int_variant_strata", "the same by allocation epoch: what the estimate weighs together"),
    ("int_unit_metrics", "the value of each unit whose window has closed, and its segment"),
    ("fct_exposures", "when and where each unit was first exposed"),
    ("fct_events", "the events behind one unit's value"),
)


@dataclass(frozen=True)
class Step:
    """One step down: the table that is read, what it tells, and the SQL."""

    table: str
    meaning: str
    sql: str


@dataclass(frozen=True)
class Explanation:
    """A result row, and the steps from it to its units."""

    table: str
    row: dict[str, Any]
    steps: list[Step]


def explain(connection: duckdb.DuckDBPyConnection, table: str, where: Mapping[str, str]) -> Explanation:
    """The row of `table` that `where` (column → value) names, and SQL for each step of its lineage.

    Columns of segments that are not named are `all`. Each query stands alone: run it in any client of the warehouse.

    Raises ValueError where the table cannot be explained, a column is unknown, or not exactly one row is named (with
    the values that would tell the rows apart).
    """
    if table not in TABLES:
        raise ValueError(f"{table} cannot be explained; these can: {', '.join(TABLES)}")
    columns = [name for name, *_ in connection.execute(f"describe microlift.{table}").fetchall()]
    unknown = [name for name in where if name not in columns]
    if unknown:
        raise ValueError(f"{table} has no column {unknown[0]}; it has {', '.join(columns)}")
    named = {"segment_dimension": "all", "segment": "all"} | dict(where)
    if "segment_dimension" in where and "segment" not in where:
        del named["segment"]
    rows = _rows(connection, f"from microlift.{table} where {_conditions(named)} order by all")
    if len(rows) != 1:
        raise ValueError(_which(table, named, rows))
    row = rows[0]
    variants = [row[name] for name in TABLES[table] if row[name] is not None]
    steps = [Step(name, meaning, _sql(name, row, variants)) for name, meaning in LINEAGE]
    if row["kind"] != "ratio":
        steps[2:2] = [
            Step("int_unit_metrics", "the count and the mean again, from the units", _recount(row, variants))
        ]
    return Explanation(
        table,
        row,
        [Step(table, "the row itself", f"from microlift.{table}\nwhere {_conditions(named)}"), *steps],
    )


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    result = connection.execute(query)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _which(table: str, named: Mapping[str, str], rows: list[dict[str, Any]]) -> str:
    asked = ", ".join(f"{name}={value}" for name, value in named.items())
    if not rows:
        return f"no row of {table} has {asked}; look with: select * from microlift.{table}"
    tell = [
        f"{name} ({', '.join(sorted({str(row[name]) for row in rows})[:6])})"
        for name in ("experiment_id", "metric_id", "segment", "variant_id", "baseline_variant_id", "method")
        if len({row.get(name) for row in rows}) > 1
    ]
    return f"{len(rows)} rows of {table} have {asked}; name also one of {'; '.join(tell)} with --where"


def _quote(value: Any) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _conditions(named: Mapping[str, Any], alias: str = "") -> str:
    return "\n    and ".join(f"{alias}{name} = {_quote(value)}" for name, value in named.items())


def _sql(table: str, row: Mapping[str, Any], variants: list[str]) -> str:
    cell = {name: row[name] for name in ("experiment_id", "segment_dimension", "segment", "metric_id")}
    among = f"in ({', '.join(map(_quote, variants))})"
    if table in ("agg_variant_metrics", "int_variant_strata"):
        return f"from microlift.{table}\nwhere {_conditions(cell)}\n    and variant_id {among}\norder by all"
    if table == "int_unit_metrics":
        return f"select u.*\n{_units(row, among)}\norder by u.unit_id"
    if table == "fct_exposures":
        return f"select x.*\n{_units(row, among)}\norder by x.unit_id"
    return (
        f"select e.*, u.unit_id, u.value\n{_units(row, among)}\n    and u.value != 0\norder by u.unit_id, e.event_time\nlimit 100"
    ).replace(
        "\nwhere ",
        "\ninner join microlift.fct_events as e\n    on case x.unit_type when 'device' then e.device_id"
        " when 'session' then e.session_id else e.person_id end = u.unit_id\n    and e.event_time >= u.exposed_at\nwhere ",
        1,
    )


def _units(row: Mapping[str, Any], among: str) -> str:
    """Units of the cell whose window has closed."""
    cell = {name: row[name] for name in ("experiment_id", "metric_id")}
    segment = {name: row[name] for name in ("segment_dimension", "segment")}
    return (
        "from microlift.int_unit_metrics as u\n"
        "inner join microlift.unit_segments as s on s.experiment_id = u.experiment_id and s.unit_id = u.unit_id\n"
        "inner join microlift.fct_exposures as x on x.experiment_id = u.experiment_id and x.unit_id = u.unit_id\n"
        f"where {_conditions(cell, 'u.')}\n    and {_conditions(segment, 's.')}\n"
        f"    and u.variant_id {among}\n    and u.is_ripe and u.value is not null"
    )


def _recount(row: Mapping[str, Any], variants: list[str]) -> str:
    among = f"in ({', '.join(map(_quote, variants))})"
    return (
        "select u.variant_id, count(*) as units, sum(u.value) as value_sum, avg(u.value) as mean\n"
        f"{_units(row, among)}\ngroup by u.variant_id\norder by u.variant_id"
    )
