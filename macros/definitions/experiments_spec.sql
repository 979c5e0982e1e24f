{# Experiments, their metrics and their plan. #}
{% macro experiments_spec() %}
    {{ return({
        'experiments': {
            'experiment_id': {'key': true}, 'experiment_name': {}, 'unit_type': {'required': true, 'accepted': ['user', 'device', 'session']},
            'starts_at': {'type': 'timestamp'}, 'ends_at': {'type': 'timestamp'},
            'look_interval': {'accepted': ['daily', 'hourly']}, 'shipped_at': {'type': 'timestamp'},
            'shipped_variant_id': {'references': 'variants.variant_id'}, 'description': {}
        },
        'variants': {
            'experiment_id': {'key': true, 'references': 'experiments.experiment_id'}, 'variant_id': {'key': true},
            'variant_name': {}, 'is_control': {'type': 'boolean'}, 'factors': {}
        },
        'allocations': {
            'experiment_id': {'key': true, 'references': 'experiments.experiment_id'},
            'effective_from': {'key': true, 'type': 'timestamp', 'optional': true},
            'variant_id': {'key': true, 'references': 'variants.variant_id'},
            'weight': {'required': true, 'type': 'number', 'minimum': 0}
        },
        'exposure_rules': dict({
            'rule_id': {'key': true}, 'experiment_id': {'required': true, 'references': 'experiments.experiment_id'},
            'event_name': {'required': true}, 'variant_property': {'name': true},
            'variant_id': {'references': 'variants.variant_id'}
        }, **microlift.condition_columns()),
        'metrics': dict({
            'metric_id': {'key': true}, 'metric_name': {},
            'kind': {'required': true, 'accepted': ['conversion', 'count', 'sum', 'ratio', 'duration', 'retention']},
            'event_name': {}, 'value_property': {'name': true}, 'denominator_event_name': {},
            'denominator_value_property': {'name': true},
            'window_start_hours': {'type': 'number', 'minimum': 0}, 'window_end_hours': {'type': 'number', 'minimum': 0},
            'missing_means': {'accepted': ['zero', 'absent']}, 'better': {'accepted': ['higher', 'lower']},
            'winsorize_at': {'type': 'number', 'minimum': 0}, 'covariate_days': {'type': 'number', 'minimum': 0},
            'quantile': {'type': 'number', 'minimum': 0}, 'description': {}
        }, **microlift.condition_columns()),
        'experiment_metrics': {
            'experiment_id': {'key': true, 'references': 'experiments.experiment_id', 'wildcard': true},
            'metric_id': {'key': true, 'references': 'metrics.metric_id'},
            'role': {'required': true, 'accepted': ['primary', 'secondary', 'guardrail']}
        },
        'hypotheses': {
            'hypothesis_id': {'key': true}, 'experiment_id': {'required': true, 'references': 'experiments.experiment_id'},
            'metric_id': {'required': true, 'references': 'metrics.metric_id'}, 'segment_dimension': {},
            'family': {'required': true}, 'correction': {'required': true, 'accepted': microlift.plan_corrections()},
            'alpha': {'required': true, 'type': 'number'},
            'direction': {'accepted': ['two_sided', 'increase', 'decrease']},
            'non_inferiority_lift': {'type': 'number'}, 'smallest_lift': {'type': 'number'}, 'power': {'type': 'number'},
            'stopping_rule': {'accepted': microlift.stopping_rules()}, 'looks': {'type': 'integer', 'minimum': 1},
            'spending_gamma': {'type': 'number'}, 'planned_units': {'type': 'integer', 'minimum': 2}, 'description': {}
        }
    }) }}
{% endmacro %}
