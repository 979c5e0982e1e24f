{# What is made of behaviour: signals, segments, funnels, patterns and clusters. #}
{% macro behaviour_spec() %}
    {{ return({
        'signals': dict({
            'signal': {'key': true, 'name': true},
            'kind': {'required': true, 'accepted': ['count', 'sum', 'mean', 'max', 'last', 'distinct', 'first_delay', 'time_until',
                'fastest_rise', 'repeats', 'returns', 'without']},
            'event_name': {'required': true}, 'value_property': {'name': true}, 'same_property': {'name': true},
            'until_event_name': {}, 'at_least': {'type': 'integer', 'minimum': 2}, 'within_seconds': {'type': 'number', 'minimum': 0},
            'description': {}
        }, **microlift.condition_columns()),
        'segments': {
            'segment_dimension': {'key': true}, 'segment': {'key': true}, 'all_of': {'key': true, 'optional': true},
            'priority': {'required': true, 'type': 'integer'},
            'source': {'key': true, 'accepted': microlift.segment_sources() | list}, 'attribute': {'key': true, 'name': true},
            'operator': {'required': true, 'accepted': microlift.operators()}, 'value': {'key': true, 'optional': true},
            'parent': {}, 'pool': {}, 'description': {}
        },
        'funnels': {
            'funnel_id': {'key': true}, 'funnel_name': {},
            'step_order': {'required': true, 'accepted': ['loose', 'strict', 'strict_events', 'any']},
            'window_hours': {'required': true, 'type': 'number', 'minimum': 0},
            'same_session': {'type': 'boolean'}, 'same_property': {'name': true},
            'counted_per': {'accepted': ['unit', 'session']}, 'counts_whom': {'accepted': ['everyone', 'exposed', 'both']},
            'description': {}
        },
        'funnel_steps': dict({
            'funnel_id': {'key': true, 'references': 'funnels.funnel_id'},
            'step_number': {'key': true, 'type': 'integer', 'minimum': 1}, 'step_name': {}, 'event_name': {'required': true},
            'is_optional': {'type': 'boolean'}
        }, **microlift.condition_columns()),
        'funnel_exclusions': dict({
            'exclusion_id': {'key': true}, 'funnel_id': {'required': true, 'references': 'funnels.funnel_id'},
            'event_name': {'required': true}, 'after_step': {'type': 'integer', 'minimum': 1},
            'before_step': {'type': 'integer', 'minimum': 2}
        }, **microlift.condition_columns()),
        'patterns': {
            'pattern_set_id': {'key': true}, 'period': {'required': true, 'accepted': ['pre_exposure', 'post_exposure']},
            'metric_id': {'required': true, 'references': 'metrics.metric_id'},
            'landmark_minutes': {'type': 'number', 'minimum': 0},
            'min_support_share': {'required': true, 'type': 'number', 'minimum': 0}, 'min_units': {'type': 'integer', 'minimum': 1},
            'max_length': {'type': 'integer', 'minimum': 1}, 'max_gap': {'type': 'integer', 'minimum': 0},
            'max_span': {'type': 'integer', 'minimum': 1}, 'max_items': {'type': 'integer', 'minimum': 1},
            'max_patterns': {'type': 'integer', 'minimum': 1}, 'max_units': {'type': 'integer', 'minimum': 1},
            'correction': {'accepted': microlift.corrections()}, 'description': {}
        },
        'pattern_items': dict({
            'pattern_set_id': {'key': true, 'references': 'patterns.pattern_set_id', 'wildcard': true}, 'item': {'key': true},
            'priority': {'type': 'integer'}, 'event_name': {'required': true}, 'label_property': {'name': true}
        }, **microlift.condition_columns()),
        'clusterings': {
            'clustering_id': {'key': true, 'name': true}, 'level': {'required': true, 'accepted': ['unit', 'session']},
            'period': {'accepted': ['pre_exposure', 'post_exposure']},
            'method': {'required': true, 'accepted': ['kmeans', 'hierarchical']},
            'minimum_clusters': {'type': 'integer', 'minimum': 2}, 'maximum_clusters': {'type': 'integer', 'minimum': 2},
            'sample_size': {'type': 'integer', 'minimum': 100}, 'seed': {'type': 'integer', 'minimum': 0}, 'description': {}
        },
        'clustering_signals': {
            'clustering_id': {'key': true, 'references': 'clusterings.clustering_id'}, 'signal': {'key': true},
            'transform': {'accepted': ['none', 'log1p']}, 'weight': {'type': 'number', 'minimum': 0}
        }
    }) }}
{% endmacro %}
