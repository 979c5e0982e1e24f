"""Experiments that ask the same question, pooled (microlift.results.repeats)."""

from microlift.results.repeats import build
from microlift.results.tables import frame_of


def model(dbt, session):
    comparisons = dbt.ref("calc_comparisons")
    repeats = dbt.ref("int_repeats")
    confidence = dbt.config.meta_get("confidence")
    return build(frame_of(comparisons), frame_of(repeats), confidence)
