"""Each rule's served units against its holdout (microlift.results.adjustments)."""

from microlift.results.adjustments import build
from microlift.results.tables import frame_of


def model(dbt, session):
    rules = dbt.ref("int_adjustment_rules")
    arms = dbt.ref("int_adjustment_arms")
    confidence = dbt.config.meta_get("confidence")
    exact_below = dbt.config.meta_get("exact_below")
    return build(frame_of(rules), frame_of(arms), confidence, exact_below)
