{# Content that is shown by rule, and the rates that rules look at. #}
{% macro adjustments_spec() %}
    {{ return({
        'rates': dict({
            'rate': {'key': true, 'name': true}, 'event_name': {'required': true}, 'of_event_name': {'required': true},
            'by_property': {'name': true}, 'window_days': {'required': true, 'type': 'integer', 'minimum': 1}, 'description': {}
        }, **microlift.condition_columns()),
        'adjustment_rules': {
            'rule_id': {'key': true}, 'rule_name': {}, 'content_variant': {'required': true},
            'priority': {'type': 'integer'}, 'after_seconds': {'type': 'number', 'minimum': 0},
            'cooldown_minutes': {'type': 'number', 'minimum': 0}, 'session_cap': {'type': 'integer', 'minimum': 1},
            'unit_cap': {'type': 'integer', 'minimum': 1}, 'day_cap': {'type': 'integer', 'minimum': 1}, 'conflict_group': {},
            'holdout_share': {'type': 'number', 'minimum': 0},
            'metric_id': {'references': 'metrics.metric_id'},
            'starts_at': {'type': 'timestamp'}, 'ends_at': {'type': 'timestamp'}, 'description': {}
        },
        'adjustment_conditions': {
            'rule_id': {'key': true, 'references': 'adjustment_rules.rule_id'},
            'condition_number': {'key': true, 'type': 'integer', 'minimum': 1},
            'signal': {}, 'rate': {'references': 'rates.rate'}, 'bound': {'accepted': ['lower', 'upper']},
            'confidence': {'type': 'number'}, 'operator': {'required': true, 'accepted': microlift.operators()}, 'value': {}
        },
        'adjustment_events': dict({
            'event_name': {'key': true}, 'rule_property': {'required': true, 'name': true},
            'content_property': {'name': true}, 'holdout_property': {'name': true}
        }, **microlift.condition_columns())
    }) }}
{% endmacro %}
