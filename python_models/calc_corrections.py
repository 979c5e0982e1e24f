"""Corrected significance within families (microlift.results.corrections)."""

from microlift.results.corrections import build
from microlift.results.tables import frame_of


def model(dbt, session):
    tests = dbt.ref("int_tests")
    return build(frame_of(tests))
