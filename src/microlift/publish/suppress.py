"""Suppression of small cells: which tables are left out of what is published, and which rows are blanked.

A cell is a set of people: a segment of an experiment, or those of it who converted, or who did not. A count between 1
and `minimum` - 1 is small. What a reader could subtract is blanked too:

- the smallest other segment of a dimension in which exactly one is blanked (the whole less the others gives the one);
- every segment of a metric whose whole experiment is blanked;
- rows of the same cell in every other table, whatever they are about.

Tables with a row a person, session or event, raw rows, and tables of several looks (neighbouring looks differ by few
people) are left out. A blanked row keeps the columns that name it; all others are NULL, and `is_suppressed` is true.
"""

import duckdb

# Any of these columns makes a table one of people, of raw rows or of looks.
TELLING = {
    "unit_id", "person_id", "session_id", "event_id", "user_id", "device_id", "raw_payload", "failing_sample",
    "example_event_id", "trigger_values", "look", "look_at", "events_by_variant",
}  # fmt: skip

# Columns that name a row, and stay.
NAMING = {
    "experiment_id", "experiment_name", "segment_dimension", "segment", "baseline_segment", "basis", "metric_id", "metric_name",
    "role", "kind", "variant_id", "baseline_variant_id", "funnel_id", "step_number", "step_name", "is_optional", "counted_per",
    "method", "term", "effect", "scale", "check_name", "pattern_set_id", "pattern", "items", "length", "signal", "level",
    "clustering_id", "cluster", "cluster_name", "rule_id", "rule_name", "content_variant", "rate", "section", "day",
    "confidence", "family", "correction", "is_confirmatory", "alpha",
}  # fmt: skip

# Counts of people in a row of its own: any small one blanks the row.
COUNTS = (
    "units", "baseline_units", "successes", "support", "baseline_support", "units_with", "units_without", "units_reached",
    "dropped_off", "converted_units", "members", "units_served", "units_held_out", "conversions_served", "conversions_held_out",
    "ripe_units_served", "ripe_units_held_out", "smallest_variant_units", "sessions", "counted_sessions",
)  # fmt: skip

SMALL_CELLS = """
    create or replace temporary table small_cells as
    with
    -- A cell: people of a part of an experiment, who do what it is about (a metric, a funnel; NULL: be there at all).
    counted as (
        select experiment_id, segment_dimension as dimension, segment as part, cast(null as varchar) as about,
            units as size, least(units, smallest_variant_units) between 1 and $minimum - 1 as is_small
        from dim_segments
        union all
        select experiment_id, segment_dimension, segment, metric_id, sum(units),
            bool_or((units between 1 and $minimum - 1) or (successes between 1 and $minimum - 1)
                or (units - successes between 1 and $minimum - 1))
        from agg_variant_metrics group by all
        union all
        select experiment_id, segment_dimension, segment, funnel_id, max(units),
            bool_or((units between 1 and $minimum - 1) or (units_reached between 1 and $minimum - 1)
                or (units - units_reached between 1 and $minimum - 1) or (dropped_off between 1 and $minimum - 1))
        from agg_funnel_steps group by all
        union all
        select experiment_id, clustering_id, cluster, null, members, members between 1 and $minimum - 1
        from results_clusters
        union all
        select experiment_id, clustering_id, cluster, metric_id, units,
            (units between 1 and $minimum - 1) or (successes between 1 and $minimum - 1)
                or (units - successes between 1 and $minimum - 1)
        from results_cluster_conversions
    ),
    -- A small whole hides its parts.
    under_wholes as (
        select c.* replace (coalesce(c.is_small, false) or coalesce(w.is_small, false) as is_small)
        from counted as c
        left join counted as w on w.experiment_id = c.experiment_id and w.dimension = 'all'
            and w.about is not distinct from c.about
    ),
    -- One hidden part is the whole less the others: the smallest of these is hidden with it.
    ranked as (
        select *, count(*) filter (is_small) over siblings as hidden,
            row_number() over (
                partition by experiment_id, dimension, about, is_small order by size, part
            ) as place
        from under_wholes
        window siblings as (partition by experiment_id, dimension, about)
    )
    select experiment_id, dimension, part, about
    from ranked where is_small or (dimension != 'all' and hidden = 1 and place = 1)
"""


def find_small(connection: duckdb.DuckDBPyConnection, minimum: int) -> None:
    """Fill the temporary table `small_cells` (experiment_id, dimension, part, about)."""
    connection.execute(SMALL_CELLS, {"minimum": minimum})


def is_left_out(columns: dict[str, str]) -> bool:
    """Whether a table is not published at all where small cells are suppressed."""
    return bool(TELLING & columns.keys())


def blanked(table: str, columns: dict[str, str], minimum: int) -> str:
    """A query of the table's rows with small ones blanked, and `is_suppressed`."""
    small = f"between 1 and {minimum - 1}"
    conditions = [f"t.{column} {small}" for column in COUNTS if column in columns]
    conditions += [
        f"t.units - t.{part} {small}"
        for part in ("successes", "support")
        if {"units", part} <= columns.keys()
    ]
    conditions += _in_small_cells(columns)
    if not conditions:
        return f'select t.* from "{table}" as t'
    listed = ", ".join(
        f't."{name}"' if name in NAMING else f'case when not is_suppressed then t."{name}" end as "{name}"'
        for name in columns
    )
    test = f"({' or '.join(f'coalesce({condition}, false)' for condition in conditions)})"
    if "pattern" in columns:  # `all` variants less one are the other
        test = f"bool_or{test} over (partition by t.experiment_id, t.pattern_set_id, t.pattern)"
    return (
        f'select {listed}, is_suppressed from (select t.*, {test} as is_suppressed from "{table}" as t) as t'
    )


def _in_small_cells(columns: dict[str, str]) -> list[str]:
    """Conditions that hold where a row speaks of a cell that is hidden."""
    if "experiment_id" not in columns:
        return []
    about = next((f"or s.about = t.{name}" for name in ("metric_id", "funnel_id") if name in columns), "")
    cell = f"exists (from small_cells as s where s.experiment_id = t.experiment_id and (s.about is null {about}) and "
    parts = [
        ("segment_dimension", "segment"),
        ("segment_dimension", "baseline_segment"),
        ("clustering_id", "cluster"),
    ]
    found = [
        f"{cell} s.dimension = t.{dimension} and s.part = t.{part})"
        for dimension, part in parts
        if {dimension, part} <= columns.keys()
    ]
    if not found:  # of the whole experiment
        found.append(f"{cell} s.dimension = 'all')")
    if "scope" in columns:  # words on segments may hold their numbers
        found.append(
            "t.scope not in ('everyone', 'no one')"
            " and exists (from small_cells as s where s.experiment_id = t.experiment_id)"
        )
    return found
