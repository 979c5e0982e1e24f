"""Does an effect hold over time (microlift.results.stability)?"""

from microlift.results.stability import build
from microlift.results.tables import frame_of


def model(dbt, session):
    days = dbt.ref("agg_variant_metrics_by_day")
    comparisons = dbt.ref("calc_comparisons")
    experiments = dbt.ref("dim_experiments")
    metrics = dbt.ref("dim_metrics")
    confidence = dbt.config.meta_get("confidence")
    exact_below = dbt.config.meta_get("exact_below")
    stability_alpha = dbt.config.meta_get("stability_alpha")
    return build(
        frame_of(days),
        frame_of(comparisons),
        frame_of(experiments),
        frame_of(metrics),
        confidence,
        exact_below,
        stability_alpha,
    )
