"""Which signals go with the macro conversion (microlift.results.signals)."""

from microlift.results.signals import build
from microlift.results.tables import frame_of


def model(dbt, session):
    ranks = dbt.ref("int_signal_ranks")
    dbt.ref("validate_aggregates")
    confidence = dbt.config.meta_get("confidence")
    correction = dbt.config.meta_get("exploratory_correction")
    return build(frame_of(ranks), confidence, correction)
