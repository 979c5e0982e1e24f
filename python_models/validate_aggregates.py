"""Great Expectations suite expectations/aggregates.yml; what depends on this model waits for its tests."""

from microlift.expectations.dbt_model import validate


def model(dbt, session):
    run = dbt.ref("int_run")
    dbt.ref("agg_variant_metrics")
    parameters = dbt.config.meta_get("parameters")
    return validate(
        dbt,
        session,
        run,
        "aggregates",
        parameters,
        {
            "aggregates": "agg_variant_metrics",
        },
    )
