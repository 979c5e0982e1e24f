"""Clusters in force, and how their number was chosen (microlift.results.cluster_fits)."""

from microlift.results.cluster_fits import build
from microlift.results.tables import frame_of


def model(dbt, session):
    due = dbt.ref("int_cluster_fits_due")
    spaces = dbt.ref("int_cluster_spaces")
    sample = dbt.ref("int_cluster_sample")
    stored = dbt.ref("cluster_fits")
    return build(frame_of(due), frame_of(spaces), frame_of(sample), frame_of(stored))
