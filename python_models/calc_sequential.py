"""Each look under its stopping rules (microlift.results.sequential)."""

from microlift.results.sequential import build
from microlift.results.tables import frame_of


def model(dbt, session):
    strata = dbt.ref("int_look_strata")
    plan = dbt.ref("int_sequential_plan")
    experiments = dbt.ref("dim_experiments")
    metrics = dbt.ref("dim_metrics")
    dbt.ref("int_sequential_log")
    dbt.ref("validate_aggregates")
    confidence = dbt.config.meta_get("confidence")
    exact_below = dbt.config.meta_get("exact_below")
    prior_alpha = dbt.config.meta_get("prior_alpha")
    prior_beta = dbt.config.meta_get("prior_beta")
    return build(
        frame_of(strata),
        frame_of(plan),
        frame_of(experiments),
        frame_of(metrics),
        confidence,
        exact_below,
        prior_alpha,
        prior_beta,
    )
