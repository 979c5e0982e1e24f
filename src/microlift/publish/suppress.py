"""Suppression of small cells: which tables are left out of what is published, and which rows are blanked.

A cell is a set of people: a segment of an experiment, or those of it who converted, or who did not. A count between 1
and `minimum` - 1 is small. What a reader could subtract is blanked too:

- the smallest other segment of a dimension in which exactly one is blanked (the whole less the others gives the one);
- every segment of a metric whose whole experiment is blanked;
- rows of the same cell in every other table, whatever they are about.

Every public table is in one of three classes; one that is in none is left out, like any that names a person. A blanked
row keeps the columns that name it; all others are NULL, and `is_suppressed` is true.
"""

import duckdb

# A row a person, session or event; raw rows; single values; days and looks, since neighbours differ by few people;
# halves of cells, since only the whole is known to be large.
LEFT_OUT = {
    "fct_events", "fct_sessions", "fct_session_signals", "fct_exposures", "fct_funnel_attempts", "fct_adjustments",
    "fct_adjustment_triggers", "dim_units", "unit_segments", "unit_clusters", "session_clusters",
    "quality_quarantine", "quality_validations", "quality_taxonomy", "quality_prelaunch", "quality_adjustment_violations",
    "agg_value_histogram", "agg_variant_metrics_by_look", "agg_variant_metrics_by_day", "agg_rates",
    "results_sequential", "results_hypotheses", "results_monitoring", "results_replication",
}  # fmt: skip

# Definitions, calendars, accounts of rows and of runs: nothing in them counts people.
WHOLE = {
    "dim_experiments", "dim_variants", "dim_metrics", "dim_events", "dim_event_properties", "dim_days",
    "quality_reconciliation", "quality_late_arrivals", "quality_plan_changes", "refresh_runs",
}  # fmt: skip

BLANKED = {
    "dim_segments", "agg_variant_metrics", "agg_funnel_steps", "agg_funnel_worst_steps", "cluster_fits",
    "results_adjustments", "results_candidates", "results_cluster_choices", "results_cluster_conversions",
    "results_cluster_signals", "results_clusters", "results_comparisons", "results_decisions", "results_experiment_interactions",
    "results_factorial_effects", "results_funnel_steps", "results_health", "results_interactions", "results_intervals",
    "results_patterns", "results_posteriors", "results_power", "results_repeats", "results_segments_shrunk",
    "results_sensitivity", "results_signals", "results_stability",
}  # fmt: skip

# Any of these columns leaves a table out, whatever its class.
TELLING = {
    "unit_id", "person_id", "session_id", "event_id", "user_id", "device_id", "raw_payload", "failing_sample",
    "example_event_id", "trigger_values", "look", "look_at", "events_by_variant",
}  # fmt: skip

# Columns that name a row, and stay, unless they are numbers: `rate` names a rate in one table, and is one in another.
NAMING = {
    "experiment_id", "experiment_name", "segment_dimension", "segment", "baseline_segment", "basis", "metric_id", "metric_name",
    "role", "kind", "variant_id", "baseline_variant_id", "funnel_id", "step_number", "step_name", "is_optional", "counted_per",
    "method", "term", "effect", "scale", "check_name", "pattern_set_id", "pattern", "items", "length", "signal", "level",
    "clustering_id", "cluster", "cluster_name", "rule_id", "rule_name", "content_variant", "confidence", "family", "correction",
    "is_confirmatory", "alpha", "analysis", "hypothesis_id", "hypothesis_group", "candidate_id", "candidate_name",
    "other_experiment_id", "other_variant_id", "baseline_other_variant_id", "fit_number", "number_of_clusters",
}  # fmt: skip
NAMING_NUMBERS = {"confidence", "alpha"}

# Counts of people in a row of its own: any small one blanks the row.
COUNTS = (
    "units", "baseline_units", "successes", "support", "baseline_support", "units_with", "units_without", "units_at_previous",
    "units_reached", "dropped_off", "converted_units", "members", "units_served", "units_held_out", "conversions_served",
    "conversions_held_out", "ripe_units_served", "ripe_units_held_out", "smallest_variant_units", "merged_units", "shared_units",
)  # fmt: skip

# What else is a count of people, where a table has the columns (the keys) for it.
DERIVED = {
    ("units", "successes"): ("t.units - t.successes",),
    ("units", "support"): ("t.units - t.support",),
    ("units", "converted_units"): ("t.units - t.converted_units",),
    ("sample_size", "smallest_share"): ("round(t.sample_size * t.smallest_share)",),
    ("shared_units", "other_first_share"): (
        "round(t.shared_units * t.other_first_share)",
        "round(t.shared_units * (1 - t.other_first_share))",
    ),
}

# Rows of one question that add up to a whole are blanked together.
TOGETHER = {
    "results_patterns": "experiment_id, pattern_set_id, pattern",
    "results_signals": "experiment_id, metric_id, signal",
}

# What is small in no column of its own.
MAIN = (
    "(max({0}) filter (t.analysis = 'main') over (partition by t.experiment_id, t.segment_dimension, t.segment, t.metric_id,"
    " t.variant_id, t.baseline_variant_id))"
)
OF_TABLES = {
    # The main analysis less this one is the people that this one leaves out.
    "results_sensitivity": tuple(
        f"abs({MAIN.format(count)} - {count}) {{small}}"
        for count in (
            "t.units", "t.baseline_units",
            "case when t.kind = 'conversion' then round(t.units * t.estimate) end",
            "case when t.kind = 'conversion' then round(t.baseline_units * t.baseline_estimate) end",
        )
    ),
    # Rates in words, of units that are counted elsewhere.
    "results_health": (
        """t.check_name in ('contamination', 'contamination_by_arm', 'exposure_duplicates') and exists (
            select 1 from int_variant_units as v where v.experiment_id = t.experiment_id and v.segment_dimension = 'all'
            group by v.variant_id having sum(v.contaminated_units) {small} or sum(v.repeated_units) {small})""",
    ),
    "results_repeats": (
        """exists (from small_cells as s inner join int_repeats as r on r.experiment_id = s.experiment_id
            and coalesce(s.about = r.metric_id, true)
            where r.hypothesis_group = t.hypothesis_group and s.dimension = 'all')""",
    ),
    "results_experiment_interactions": (
        """exists (from small_cells as s where s.experiment_id = t.other_experiment_id and s.dimension = 'all'
            and s.about is null)""",
    ),
}  # fmt: skip

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


def is_left_out(table: str, columns: dict[str, str]) -> bool:
    """Whether a table is not published at all where small cells are suppressed."""
    return table not in WHOLE | BLANKED or bool(TELLING & columns.keys())


def is_naming(column: str, data_type: str) -> bool:
    """Whether a column of a blanked row stays."""
    return column in NAMING and (column in NAMING_NUMBERS or data_type.upper() != "DOUBLE")


def blanked(table: str, columns: dict[str, str], minimum: int) -> str:
    """A query of the table's rows with small ones blanked, and `is_suppressed`."""
    if table in WHOLE:
        return f'select t.* from "{table}" as t'
    small = f"between 1 and {minimum - 1}"
    conditions = [f"t.{column} {small}" for column in COUNTS if column in columns]
    conditions += [
        f"{count} {small}"
        for needed, counts in DERIVED.items()
        if set(needed) <= columns.keys()
        for count in counts
    ]
    conditions += _in_small_cells(columns)
    conditions += [condition.format(small=small) for condition in OF_TABLES.get(table, ())]
    listed = ", ".join(
        f't."{name}"'
        if is_naming(name, data_type)
        else f'case when not is_suppressed then t."{name}" end as "{name}"'
        for name, data_type in columns.items()
    )
    test = f"({' or '.join(f'coalesce({condition}, false)' for condition in conditions) or 'false'})"
    judged = f'select t.*, {test} as is_small from "{table}" as t'
    together = f"bool_or(is_small) over (partition by {TOGETHER[table]})" if table in TOGETHER else "is_small"
    return f"select {listed}, is_suppressed from (select *, {together} as is_suppressed from ({judged})) as t"


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
