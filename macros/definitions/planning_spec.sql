{# Candidate interventions, and experiments that ask the same question. #}
{% macro planning_spec() %}
    {{ return({
        'candidates': {
            'candidate_id': {'key': true}, 'candidate_name': {},
            'effect_size': {'type': 'number'}, 'effect_size_name': {'accepted': ['cohens_h', 'cohens_d', 'odds_ratio']},
            'experiment_id': {'references': 'experiments.experiment_id'}, 'metric_id': {'references': 'metrics.metric_id'},
            'variant_id': {'references': 'variants.variant_id'},
            'feasibility': {'required': true, 'type': 'number', 'minimum': 0},
            'alignment': {'required': true, 'type': 'number', 'minimum': 0}, 'description': {}
        },
        'repeats': {
            'hypothesis_group': {'key': true}, 'experiment_id': {'key': true, 'references': 'experiments.experiment_id'},
            'metric_id': {'required': true, 'references': 'metrics.metric_id'},
            'variant_id': {'references': 'variants.variant_id'}, 'description': {}
        }
    }) }}
{% endmacro %}
