"""Effects shrunk towards what they have in common (microlift.results.shrunk)."""

from microlift.results.shrunk import build
from microlift.results.tables import frame_of


def model(dbt, session):
    comparisons = dbt.ref("results_comparisons")
    confidence = dbt.config.meta_get("confidence")
    lift_prior_deviation = dbt.config.meta_get("lift_prior_deviation")
    minimum_past_experiments = dbt.config.meta_get("minimum_past_experiments")
    return build(frame_of(comparisons), confidence, lift_prior_deviation, minimum_past_experiments)
