"""Each variant's steps of each funnel against its baseline's (microlift.results.comparisons)."""

from microlift.results.comparisons import build
from microlift.results.tables import frame_of


def model(dbt, session):
    strata = dbt.ref("int_funnel_strata")
    experiments = dbt.ref("dim_experiments")
    metrics = dbt.ref("dim_metrics")
    confidence = dbt.config.meta_get("confidence")
    exact_below = dbt.config.meta_get("exact_below")
    prior_alpha = dbt.config.meta_get("prior_alpha")
    prior_beta = dbt.config.meta_get("prior_beta")
    return build(
        frame_of(strata),
        frame_of(experiments),
        frame_of(metrics),
        confidence,
        exact_below,
        prior_alpha,
        prior_beta,
    )
