"""Planned effects in their own direction (microlift.results.hypotheses)."""

from microlift.results.hypotheses import build
from microlift.results.tables import frame_of


def model(dbt, session):
    strata = dbt.ref("int_tested_strata")
    hypotheses = dbt.ref("int_hypotheses")
    experiments = dbt.ref("dim_experiments")
    metrics = dbt.ref("dim_metrics")
    dbt.ref("validate_aggregates")
    exact_below = dbt.config.meta_get("exact_below")
    prior_alpha = dbt.config.meta_get("prior_alpha")
    prior_beta = dbt.config.meta_get("prior_beta")
    return build(
        frame_of(strata),
        frame_of(hypotheses),
        frame_of(experiments),
        frame_of(metrics),
        exact_below,
        prior_alpha,
        prior_beta,
    )
