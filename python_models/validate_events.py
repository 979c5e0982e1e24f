"""Great Expectations suite expectations/events.yml; what depends on this model waits for its tests."""

from microlift.expectations.dbt_model import validate


def model(dbt, session):
    run = dbt.ref("int_run")
    dbt.ref("int_events_arrived")
    dbt.ref("quality_reconciliation")
    dbt.ref("int_event_names")
    parameters = dbt.config.meta_get("parameters")
    return validate(
        dbt,
        session,
        run,
        "events",
        parameters,
        {
            "events": "int_events_arrived",
            "reconciliation": "quality_reconciliation",
            "event_vocabulary": "int_event_names",
        },
    )
