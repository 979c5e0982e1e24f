"""Rates of sections with their confidence bounds (microlift.results.rates)."""

from microlift.results.rates import build
from microlift.results.tables import frame_of


def model(dbt, session):
    days = dbt.ref("int_rate_days")
    return build(frame_of(days))
