"""Primary conversions by cluster (microlift.results.cluster_conversions)."""

from microlift.results.cluster_conversions import build
from microlift.results.tables import frame_of


def model(dbt, session):
    outcomes = dbt.ref("int_cluster_outcomes")
    dbt.ref("validate_aggregates")
    confidence = dbt.config.meta_get("confidence")
    return build(frame_of(outcomes), confidence)
