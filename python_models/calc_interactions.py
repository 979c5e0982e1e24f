"""Variant × segment (microlift.results.interactions)."""

from microlift.results.interactions import build
from microlift.results.tables import frame_of


def model(dbt, session):
    strata = dbt.ref("int_tested_strata")
    segments = dbt.ref("dim_segments")
    experiments = dbt.ref("dim_experiments")
    dbt.ref("validate_aggregates")
    confidence = dbt.config.meta_get("confidence")
    return build(frame_of(strata), frame_of(segments), frame_of(experiments), confidence)
