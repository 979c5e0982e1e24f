"""One decision an experiment (microlift.results.decisions)."""

from microlift.results.decisions import build
from microlift.results.tables import frame_of


def model(dbt, session):
    experiments = dbt.ref("dim_experiments")
    metrics = dbt.ref("dim_metrics")
    health = dbt.ref("results_health")
    comparisons = dbt.ref("results_comparisons")
    interactions = dbt.ref("results_interactions")
    factorial_effects = dbt.ref("results_factorial_effects")
    progress = dbt.ref("int_progress")
    hypotheses = dbt.ref("results_hypotheses")
    looks = dbt.ref("results_sequential")
    changes = dbt.ref("quality_plan_changes")
    dbt.ref("validate_results")
    return build(
        frame_of(experiments),
        frame_of(metrics),
        frame_of(health),
        frame_of(comparisons),
        frame_of(interactions),
        frame_of(factorial_effects),
        frame_of(progress),
        frame_of(hypotheses),
        frame_of(looks),
        frame_of(changes),
    )
