"""Looks at shipped variants (microlift.results.monitoring)."""

from microlift.results.monitoring import build
from microlift.results.tables import frame_of


def model(dbt, session):
    since = dbt.ref("int_monitoring_strata")
    whole = dbt.ref("int_look_strata")
    experiments = dbt.ref("dim_experiments")
    plan = dbt.ref("int_sequential_plan")
    metrics = dbt.ref("dim_metrics")
    dbt.ref("validate_aggregates")
    confidence = dbt.config.meta_get("confidence")
    exact_below = dbt.config.meta_get("exact_below")
    return build(
        frame_of(since),
        frame_of(whole),
        frame_of(experiments),
        frame_of(plan),
        frame_of(metrics),
        confidence,
        exact_below,
    )
