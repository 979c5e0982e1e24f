"""Which files of the landing folder can be read, and what in them cannot (see microlift.landing)."""

from microlift.landing import probe, sources_from_json


def model(dbt, session):
    sources = dbt.config.meta_get("sources")
    return probe(session, sources_from_json(sources))
