"""Each effect as a distribution (microlift.results.posteriors)."""

from microlift.results.posteriors import build
from microlift.results.tables import frame_of


def model(dbt, session):
    comparisons = dbt.ref("calc_comparisons")
    strata = dbt.ref("int_tested_strata")
    metrics = dbt.ref("dim_metrics")
    power = dbt.ref("calc_power")
    confidence = dbt.config.meta_get("confidence")
    prior_alpha = dbt.config.meta_get("prior_alpha")
    prior_beta = dbt.config.meta_get("prior_beta")
    smallest_lift = dbt.config.meta_get("smallest_lift")
    return build(
        frame_of(comparisons),
        frame_of(strata),
        frame_of(metrics),
        frame_of(power),
        confidence,
        prior_alpha,
        prior_beta,
        smallest_lift,
    )
