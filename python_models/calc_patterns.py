"""Patterns of micro-behaviour, their conversion and what variants change of them (microlift.results.patterns)."""

from microlift.results.patterns import build
from microlift.results.tables import frame_of


def model(dbt, session):
    counts = dbt.ref("int_pattern_counts")
    sets = dbt.ref("int_pattern_sets")
    experiments = dbt.ref("dim_experiments")
    dbt.ref("validate_aggregates")
    confidence = dbt.config.meta_get("confidence")
    exact_below = dbt.config.meta_get("exact_below")
    return build(frame_of(counts), frame_of(sets), frame_of(experiments), confidence, exact_below)
