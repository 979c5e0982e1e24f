"""Main effects and interactions of factorial experiments (microlift.results.factorial)."""

from microlift.results.factorial import build
from microlift.results.tables import frame_of


def model(dbt, session):
    strata = dbt.ref("int_tested_strata")
    variants = dbt.ref("dim_variants")
    dbt.ref("validate_aggregates")
    confidence = dbt.config.meta_get("confidence")
    return build(frame_of(strata), frame_of(variants), confidence)
