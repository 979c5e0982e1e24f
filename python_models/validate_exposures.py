"""Great Expectations suite expectations/exposures.yml; what depends on this model waits for its tests."""

from microlift.expectations.dbt_model import validate


def model(dbt, session):
    run = dbt.ref("int_run")
    dbt.ref("fct_exposures")
    dbt.ref("int_unit_metrics")
    parameters = dbt.config.meta_get("parameters")
    return validate(
        dbt,
        session,
        run,
        "exposures",
        parameters,
        {
            "exposures": "fct_exposures",
            "unit_metrics": "int_unit_metrics",
        },
    )
