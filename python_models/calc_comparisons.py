"""Each variant against its baseline (microlift.results.comparisons)."""

from microlift.results.comparisons import build
from microlift.results.histograms import Resampling
from microlift.results.tables import frame_of


def model(dbt, session):
    strata = dbt.ref("int_tested_strata")
    histogram = dbt.ref("int_tested_histogram")
    experiments = dbt.ref("dim_experiments")
    metrics = dbt.ref("dim_metrics")
    dbt.ref("validate_aggregates")
    confidence = dbt.config.meta_get("confidence")
    exact_below = dbt.config.meta_get("exact_below")
    prior_alpha = dbt.config.meta_get("prior_alpha")
    prior_beta = dbt.config.meta_get("prior_beta")
    resamples = dbt.config.meta_get("bootstrap_resamples")
    seed = dbt.config.meta_get("bootstrap_seed")
    return build(
        frame_of(strata),
        frame_of(experiments),
        frame_of(metrics),
        confidence,
        exact_below,
        prior_alpha,
        prior_beta,
        frame_of(histogram),
        Resampling(resamples, seed),
    )
