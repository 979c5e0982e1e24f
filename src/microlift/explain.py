"""From a row of a result down to its units: the lineage, and SQL that anybody can run to see the same number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

TABLES = (
    "results_comparisons", "results_intervals", "results_posteriors", "results_sensitivity", "results_segments_shrunk",
    "results_replication", "results_power", "results_decisions", "results_hypotheses", "results_sequential",
    "results_monitoring", "results_stability", "results_interactions", "results_experiment_interactions",
    "results_factorial_effects", "results_funnel_steps", "results_health", "agg_variant_metrics",
)  # fmt: skip

KEYS = ("experiment_id", "metric_id", "funnel_id", "step_number")


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


@dataclass(frozen=True)
class Cell:
    """What a row is about: the values that key columns of other tables have. A column without values is not asked for."""

    values: dict[str, list[Any]]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Cell":
        """Rows that name no segment are about everybody, or about all segments of their dimension."""
        pairs = [("variant_id", "baseline_variant_id"), ("segment", "baseline_segment")]
        values = {name: [row.get(name)] for name in KEYS} | {
            names[0]: [row.get(name) for name in names] for names in pairs
        }
        values["segment_dimension"] = [row.get("segment_dimension", "all")]
        if "segment" not in row:
            values["segment"] = ["all"]
        if "scope" in row:
            values["variant_id"] = []  # a decision is about all of them
        return cls({name: [one for one in some if one is not None] for name, some in values.items()})

    def conditions(self, *columns: str, alias: str = "") -> str:
        told = [
            f"{alias}{name} in ({', '.join(map(_quote, self.values[name]))})"
            if len(self.values[name]) > 1
            else f"{alias}{name} = {_quote(self.values[name][0])}"
            for name in columns
            if self.values[name]
        ]
        return "\n    and ".join(told)


def explain(connection: duckdb.DuckDBPyConnection, table: str, where: Mapping[str, str]) -> Explanation:
    """The row of `table` that `where` (column → value) names, and SQL for each step of its lineage.

    Segments that are not named are `all`, where the table has such rows. Each query stands alone: run it in any client
    of the warehouse.

    Raises ValueError where the table cannot be explained, a column is unknown, or not exactly one row is named (with
    the values that would tell the rows apart).
    """
    if table not in TABLES:
        raise ValueError(f"{table} cannot be explained; these can: {', '.join(TABLES)}")
    columns = [name for name, *_ in connection.execute(f"describe microlift.{table}").fetchall()]
    unknown = [name for name in where if name not in columns]
    if unknown:
        raise ValueError(f"{table} has no column {unknown[0]}; it has {', '.join(columns)}")
    named = dict(where)
    rows = _rows(connection, table, named)
    if "segment_dimension" in columns and not {"segment_dimension", "segment"} & where.keys():
        everybody = named | {"segment_dimension": "all"}
        found = _rows(connection, table, everybody)
        named, rows = (everybody, found) if found else (named, rows)
    if len(rows) != 1:
        raise ValueError(_which(table, named, rows))
    row = rows[0]
    steps = _exposure_steps if row.get("metric_id") is None else _metric_steps
    steps = _funnel_steps if "funnel_id" in row else steps
    itself = Step(table, "the row itself", f"from microlift.{table}\nwhere {_named(named)}")
    return Explanation(table, row, [itself, *steps(Cell.of(row), row)])


def _metric_steps(cell: Cell, row: Mapping[str, Any]) -> list[Step]:
    where = cell.conditions("experiment_id", "metric_id", "segment_dimension", "segment", "variant_id")
    aggregates = [
        ("agg_variant_metrics", "units, successes and sums of each variant, all allocation epochs together"),
        ("int_variant_strata", "the same by allocation epoch: what the estimate weighs together"),
    ]
    steps = [
        Step(name, said, f"from microlift.{name}\nwhere {where}\norder by all") for name, said in aggregates
    ]
    if row.get("look_at") is not None:
        then = f"from microlift.agg_variant_metrics_by_look\nwhere {where}\n    and look_at <= {_quote(row['look_at'])}"
        steps.insert(
            0, Step("agg_variant_metrics_by_look", "what was known at each look", f"{then}\norder by all")
        )
    units = _units(cell)
    if row.get("kind") != "ratio":
        recount = f"select u.variant_id, count(*) as units, sum(u.value) as value_sum, avg(u.value) as mean\n{units}"
        recount += "\ngroup by u.variant_id\norder by u.variant_id"
        steps.append(
            Step("int_unit_metrics", "the count and the mean again, from the units, as of now", recount)
        )
    events = (
        f"select e.*, u.unit_id, u.value\n{units}\n    and u.value != 0\norder by u.unit_id, e.event_time\nlimit 100"
    ).replace("\nwhere ", f"\n{_EVENTS_OF_UNITS}\nwhere ", 1)
    return [
        *steps,
        Step("int_unit_metrics", "the value of each unit whose window has closed, and its segment",
             f"select u.*, s.segment\n{units}\norder by u.unit_id"),
        Step("fct_exposures", "when and where each unit was first exposed", f"select x.*\n{units}\norder by x.unit_id"),
        Step("fct_events", "the events behind one unit's value", events),
    ]  # fmt: skip


_EVENTS_OF_UNITS = """inner join microlift.fct_events as e
    on case x.unit_type when 'device' then e.device_id when 'session' then e.session_id else e.person_id end = u.unit_id
    and e.event_time >= u.exposed_at"""


def _units(cell: Cell) -> str:
    """Units of the cell whose window has closed."""
    return (
        "from microlift.int_unit_metrics as u\n"
        "inner join microlift.unit_segments as s on s.experiment_id = u.experiment_id and s.unit_id = u.unit_id\n"
        "inner join microlift.fct_exposures as x on x.experiment_id = u.experiment_id and x.unit_id = u.unit_id\n"
        f"where {cell.conditions('experiment_id', 'metric_id', 'variant_id', alias='u.')}\n"
        f"    and {cell.conditions('segment_dimension', 'segment', alias='s.')}\n"
        "    and u.is_ripe and u.value is not null"
    )


def _funnel_steps(cell: Cell, row: Mapping[str, Any]) -> list[Step]:
    where = cell.conditions(
        "experiment_id", "funnel_id", "step_number", "segment_dimension", "segment", "variant_id"
    )
    attempts = (
        "from microlift.fct_funnel_attempts as a\n"
        "inner join microlift.unit_segments as s on s.experiment_id = a.experiment_id and s.unit_id = a.unit_id\n"
        "inner join microlift.fct_exposures as x on x.experiment_id = a.experiment_id and x.unit_id = a.unit_id\n"
        f"where {cell.conditions('experiment_id', 'funnel_id', 'step_number', alias='a.')}\n"
        f"    and {cell.conditions('segment_dimension', 'segment', alias='s.')}\n"
        f"    and {cell.conditions('variant_id', alias='x.')}"
    )
    recount = (
        f"select x.variant_id, count(distinct a.unit_id) as units_reached\n{attempts}\ngroup by x.variant_id"
    )
    return [
        Step("agg_funnel_steps", "units that reached the step, of each variant",
             f"from microlift.agg_funnel_steps\nwhere {where}\norder by all"),
        Step("fct_funnel_attempts", "the same again, from the attempts", f"{recount}\norder by x.variant_id"),
        Step("fct_funnel_attempts", "the counted attempts that reached it",
             f"select a.*, x.variant_id\n{attempts}\norder by a.unit_id"),
    ]  # fmt: skip


def _exposure_steps(cell: Cell, row: Mapping[str, Any]) -> list[Step]:
    """Of a row that is about the exposures themselves."""
    exposures = f"from microlift.fct_exposures\nwhere {cell.conditions('experiment_id', 'variant_id')}"
    counts = "select allocation_epoch, variant_id, count(*) as units, count(*) filter (where is_contaminated) as contaminated"
    return [
        Step("fct_exposures", "units of each variant, by allocation epoch", f"{counts}\n{exposures}\ngroup by all\norder by all"),
        Step("fct_exposures", "when and where each unit was first exposed", f"{exposures}\norder by unit_id"),
    ]  # fmt: skip


def _rows(
    connection: duckdb.DuckDBPyConnection, table: str, named: Mapping[str, str]
) -> list[dict[str, Any]]:
    result = connection.execute(
        f"from microlift.{table}" + (f" where {_named(named)}" if named else "") + " order by all"
    )
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _which(table: str, named: Mapping[str, str], rows: list[dict[str, Any]]) -> str:
    asked = ", ".join(f"{name}={value}" for name, value in named.items()) or "no condition"
    if not rows:
        return f"no row of {table} has {asked}; look with: select * from microlift.{table}"
    tell = [
        f"{name} ({', '.join(sorted({str(row[name]) for row in rows})[:6])})"
        for name in rows[0]
        if not any(isinstance(row[name], float) for row in rows) and len({row[name] for row in rows}) > 1
    ]
    return f"{len(rows)} rows of {table} have {asked}; name also one of {'; '.join(tell[:8])} with --where"


def _quote(value: Any) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _named(named: Mapping[str, Any]) -> str:
    return "\n    and ".join(f"{name} = {_quote(value)}" for name, value in named.items())
