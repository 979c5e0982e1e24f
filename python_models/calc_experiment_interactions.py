"""Variant × variant of another experiment (microlift.results.experiment_interactions)."""

from microlift.results.experiment_interactions import build
from microlift.results.tables import frame_of


def model(dbt, session):
    strata = dbt.ref("int_experiment_pair_strata")
    units = dbt.ref("int_experiment_pair_units")
    experiments = dbt.ref("dim_experiments")
    dbt.ref("validate_aggregates")
    confidence = dbt.config.meta_get("confidence")
    sample_ratio_alpha = dbt.config.meta_get("sample_ratio_alpha")
    return build(frame_of(strata), frame_of(units), frame_of(experiments), confidence, sample_ratio_alpha)
