"""What each comparison can find, and how many more units it needs (microlift.results.power)."""

from microlift.results.power import build
from microlift.results.tables import frame_of


def model(dbt, session):
    aggregates = dbt.ref("agg_variant_metrics")
    experiments = dbt.ref("dim_experiments")
    metrics = dbt.ref("dim_metrics")
    hypotheses = dbt.ref("int_hypotheses")
    traffic = dbt.ref("int_traffic")
    progress = dbt.ref("int_progress")
    dbt.ref("validate_aggregates")
    confidence = dbt.config.meta_get("confidence")
    smallest_lift = dbt.config.meta_get("smallest_lift")
    power = dbt.config.meta_get("power")
    return build(
        frame_of(aggregates),
        frame_of(experiments),
        frame_of(metrics),
        frame_of(hypotheses),
        frame_of(traffic),
        frame_of(progress),
        confidence,
        smallest_lift,
        power,
    )
