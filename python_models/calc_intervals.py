"""Intervals of every variant (microlift.results.intervals)."""

from microlift.results.intervals import build
from microlift.results.tables import frame_of


def model(dbt, session):
    aggregates = dbt.ref("agg_variant_metrics")
    histogram = dbt.ref("int_quantile_histogram")
    metrics = dbt.ref("dim_metrics")
    dbt.ref("validate_aggregates")
    confidence = dbt.config.meta_get("confidence")
    prior_alpha = dbt.config.meta_get("prior_alpha")
    prior_beta = dbt.config.meta_get("prior_beta")
    return build(
        frame_of(aggregates), confidence, prior_alpha, prior_beta, frame_of(histogram), frame_of(metrics)
    )
