"""Which files of the landing folder can be read, and what in them cannot (see microlift.landing)."""

import duckdb

from microlift.landing import probe, sources_from_json
from microlift.project import check_version


def model(dbt, session):
    check_version(dbt.config.meta_get("package_version"))
    sources = dbt.config.meta_get("sources")
    hash_identifiers = dbt.config.meta_get("hash_identifiers")
    # A line that no reader can take may be of somebody who is to be forgotten.
    try:
        erased = dbt.ref("int_erased_ids").limit(1).fetchall()
    except duckdb.CatalogException:
        erased = []  # only this part of the project has ever been built
    try:
        # Files that have not changed since the last build are not opened again.
        known = session.sql(f"select * from {dbt.this}").to_arrow_table().to_pylist()
        if known and "modified_at" not in known[0]:
            known = []
    except duckdb.CatalogException:
        known = []
    return probe(
        session,
        sources_from_json(sources),
        known,
        keep_payloads=not (hash_identifiers or erased),
    )
