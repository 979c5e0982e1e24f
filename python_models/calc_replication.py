"""What one half of the units shows, retested on the other (microlift.results.replication)."""

from microlift.results.replication import build
from microlift.results.tables import frame_of


def model(dbt, session):
    strata = dbt.ref("int_replication_strata")
    experiments = dbt.ref("dim_experiments")
    metrics = dbt.ref("dim_metrics")
    confidence = dbt.config.meta_get("confidence")
    exact_below = dbt.config.meta_get("exact_below")
    exploratory_correction = dbt.config.meta_get("exploratory_correction")
    return build(
        frame_of(strata),
        frame_of(experiments),
        frame_of(metrics),
        confidence,
        exact_below,
        exploratory_correction,
    )
