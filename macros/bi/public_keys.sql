{# The key of each public table that a BI tool joins or counts: what its grain says, in columns. #}
{% macro public_keys() %}
    {% set cell = ["experiment_id", "segment_dimension", "segment"] %}
    {% set pair = ["variant_id", "baseline_variant_id"] %}
    {{ return({
        "dim_experiments": ["experiment_id"],
        "dim_variants": ["experiment_id", "variant_id"],
        "dim_metrics": ["metric_id"],
        "dim_segments": cell,
        "dim_units": ["person_id"],
        "dim_events": ["event_name"],
        "dim_event_properties": ["event_name", "property"],
        "dim_days": ["day"],
        "fct_exposures": ["experiment_id", "unit_id"],
        "agg_variant_metrics": cell + ["metric_id", "variant_id"],
        "agg_variant_metrics_by_look": cell + ["metric_id", "variant_id", "look"],
        "agg_variant_metrics_by_day": ["experiment_id", "metric_id", "stratification", "stratum", "variant_id", "allocation_epoch"],
        "agg_value_histogram": cell + ["metric_id", "variant_id", "allocation_epoch", "value_low"],
        "agg_funnel_steps": cell + ["funnel_id", "variant_id", "step_number"],
        "agg_funnel_worst_steps": cell + ["funnel_id", "variant_id"],
        "agg_rates": ["rate", "section", "day", "confidence"],
        "results_decisions": ["experiment_id"],
        "results_health": ["experiment_id", "check_name"],
        "results_intervals": cell + ["metric_id", "variant_id", "method"],
        "results_comparisons": cell + ["metric_id"] + pair,
        "results_hypotheses": ["hypothesis_id"] + pair,
        "results_sequential": ["experiment_id", "metric_id"] + pair + ["rule", "look"],
        "results_stability": ["experiment_id", "metric_id", "check_name"] + pair,
        "results_sensitivity": cell + ["metric_id"] + pair + ["analysis"],
        "results_replication": cell + ["metric_id"] + pair,
        "results_repeats": ["hypothesis_group"],
        "results_candidates": ["candidate_id"],
        "results_experiment_interactions": ["experiment_id", "other_experiment_id", "metric_id", "term", "other_variant_id"] + pair,
        "results_interactions": cell + ["metric_id", "term", "baseline_segment"] + pair,
        "results_factorial_effects": ["experiment_id", "metric_id", "effect"],
        "results_funnel_steps": cell + ["funnel_id", "step_number"] + pair,
        "results_power": cell + ["metric_id"] + pair,
        "results_posteriors": cell + ["metric_id"] + pair,
        "results_segments_shrunk": cell + ["metric_id"] + pair,
        "results_patterns": ["experiment_id", "pattern_set_id", "metric_id", "pattern", "variant_id"],
        "results_signals": ["experiment_id", "metric_id", "basis", "signal", "level"],
        "results_clusters": ["experiment_id", "clustering_id", "cluster"],
        "results_cluster_choices": ["clustering_id", "fit_number", "number_of_clusters"],
        "results_cluster_signals": ["experiment_id", "clustering_id", "cluster", "signal"],
        "results_cluster_conversions": ["experiment_id", "clustering_id", "cluster", "metric_id"],
        "results_monitoring": ["experiment_id", "metric_id", "look"] + pair,
        "results_adjustments": ["rule_id", "content_variant"],
    }) }}
{% endmacro %}


{# Those of the tables that are there: where a part of the project is built, the rest has nothing to test yet. #}
{% macro built_keys() %}
    {%- set built = {} -%}
    {%- for model, key in microlift.public_keys().items() -%}
        {%- set relation = ref(model) -%}
        {%- if not execute or load_relation(relation) -%}{%- do built.update({model: key}) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(built) }}
{% endmacro %}
