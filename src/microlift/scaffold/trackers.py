"""What a new project needs to know of each tracker: where its export lands, and how it tells exposures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tracker:
    """A tracker's exposure event: the property that names the experiment, and the one that names the variant.

    Where no property names the variant, `starts` is what the first one holds before it.
    """

    exposure: str = "experiment_viewed"
    experiment: str = "experiment_id"
    variant: str = "variant_id"
    starts: str = ""


# As the table of exposures in docs/trackers.md has it; who has no event of its own sends `experiment_viewed`.
TRACKERS = {
    "access_log": Tracker("request", "path", "", "/basket/"),
    "amplitude": Tracker("[Experiment] Exposure", "flag_key", "variant"),
    "ga4": Tracker("experience_impression", "exp_variant_string", "", "my_tool-shipping_note-"),
    "generic": Tracker(),
    "growthbook": Tracker(variant="variation_id"),
    "gtm": Tracker(),
    "heap": Tracker(),
    "kafka": Tracker(),
    "mixpanel": Tracker("$experiment_started", "Experiment name", "Variant name"),
    "optimizely": Tracker("optimizely_decision", "experiment_id", "variation_id"),
    "posthog": Tracker("$feature_flag_called", "feature_flag", "feature_flag_response"),
    "rudderstack": Tracker("Experiment Viewed", variant="variation_id"),
    "segment": Tracker("Experiment Viewed", variant="variation_id"),
    "snowplow": Tracker(),
    "vwo": Tracker(variant="variation_id"),
}
