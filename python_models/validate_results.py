"""Great Expectations suite expectations/results.yml; what depends on this model waits for its tests."""

from microlift.expectations.dbt_model import validate


def model(dbt, session):
    run = dbt.ref("int_run")
    dbt.ref("results_intervals")
    dbt.ref("results_comparisons")
    dbt.ref("results_interactions")
    parameters = dbt.config.meta_get("parameters")
    return validate(
        dbt,
        session,
        run,
        "results",
        parameters,
        {
            "intervals": "results_intervals",
            "comparisons": "results_comparisons",
            "interactions": "results_interactions",
        },
    )
