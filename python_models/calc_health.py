"""Is the experiment itself sound (microlift.results.health)?"""

from microlift.results.health import build
from microlift.results.tables import frame_of


def model(dbt, session):
    units = dbt.ref("int_variant_units")
    looks = dbt.ref("int_exposure_looks")
    allocations = dbt.ref("int_allocations")
    experiments = dbt.ref("dim_experiments")
    stability = dbt.ref("calc_stability")
    dbt.ref("validate_aggregates")
    sample_ratio_alpha = dbt.config.meta_get("sample_ratio_alpha")
    max_contamination_rate = dbt.config.meta_get("max_contamination_rate")
    return build(
        frame_of(units),
        frame_of(looks),
        frame_of(allocations),
        frame_of(experiments),
        frame_of(stability),
        sample_ratio_alpha,
        max_contamination_rate,
    )
