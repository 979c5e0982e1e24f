"""Sample ratio and contamination (microlift.results.health)."""

from microlift.results.health import build
from microlift.results.tables import frame_of


def model(dbt, session):
    units = dbt.ref("int_variant_units")
    allocations = dbt.ref("int_allocations")
    experiments = dbt.ref("dim_experiments")
    dbt.ref("validate_aggregates")
    sample_ratio_alpha = dbt.config.meta_get("sample_ratio_alpha")
    max_contamination_rate = dbt.config.meta_get("max_contamination_rate")
    return build(
        frame_of(units),
        frame_of(allocations),
        frame_of(experiments),
        sample_ratio_alpha,
        max_contamination_rate,
    )
