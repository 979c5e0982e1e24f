{#
  What each definition table holds. Per column: `key` (part of the unique key), `required`, `type` (integer, number,
  timestamp, boolean), `accepted` values, `minimum`, `references` ('table.column', or '*' where allowed) and `name` (a
  property key: letters, digits, _ . : - and blank, so that no definition can reach into a JSON path).
#}
{% macro definition_spec() %}
    {%- set operators = ['equals', 'not_equals', 'contains', 'starts_with', 'in', 'at_least', 'at_most', 'above', 'below', 'is_known'] -%}
    {%- set corrections = ['bonferroni', 'holm', 'hochberg', 'benjamini_hochberg', 'benjamini_yekutieli'] -%}
    {%- set condition = {
        'property': {'name': true}, 'operator': {'accepted': operators}, 'value': {}
    } -%}
    {{ return({
        'experiments': {
            'experiment_id': {'key': true}, 'experiment_name': {}, 'unit_type': {'required': true, 'accepted': ['user', 'device', 'session']},
            'starts_at': {'type': 'timestamp'}, 'ends_at': {'type': 'timestamp'},
            'look_interval': {'accepted': ['daily', 'hourly']}, 'description': {}
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
        }, **condition),
        'metrics': dict({
            'metric_id': {'key': true}, 'metric_name': {},
            'kind': {'required': true, 'accepted': ['conversion', 'count', 'sum', 'ratio', 'duration', 'retention']},
            'event_name': {}, 'value_property': {'name': true}, 'denominator_event_name': {},
            'denominator_value_property': {'name': true},
            'window_start_hours': {'type': 'number', 'minimum': 0}, 'window_end_hours': {'type': 'number', 'minimum': 0},
            'missing_means': {'accepted': ['zero', 'absent']}, 'better': {'accepted': ['higher', 'lower']}, 'description': {}
        }, **condition),
        'experiment_metrics': {
            'experiment_id': {'key': true, 'references': 'experiments.experiment_id', 'wildcard': true},
            'metric_id': {'key': true, 'references': 'metrics.metric_id'},
            'role': {'required': true, 'accepted': ['primary', 'secondary', 'guardrail']}
        },
        'hypotheses': {
            'hypothesis_id': {'key': true}, 'experiment_id': {'required': true, 'references': 'experiments.experiment_id'},
            'metric_id': {'required': true, 'references': 'metrics.metric_id'}, 'segment_dimension': {},
            'family': {'required': true}, 'correction': {'required': true, 'accepted': corrections},
            'alpha': {'required': true, 'type': 'number'}, 'description': {}
        },
        'segments': {
            'segment_dimension': {'key': true}, 'segment': {'key': true}, 'all_of': {'key': true, 'optional': true},
            'priority': {'required': true, 'type': 'integer'},
            'source': {'key': true, 'accepted': microlift.segment_sources() | list}, 'attribute': {'key': true, 'name': true},
            'operator': {'required': true, 'accepted': operators}, 'value': {'key': true, 'optional': true},
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
        }, **condition),
        'funnel_exclusions': dict({
            'exclusion_id': {'key': true}, 'funnel_id': {'required': true, 'references': 'funnels.funnel_id'},
            'event_name': {'required': true}, 'after_step': {'type': 'integer', 'minimum': 1},
            'before_step': {'type': 'integer', 'minimum': 2}
        }, **condition),
        'signals': dict({
            'signal': {'key': true, 'name': true},
            'kind': {'required': true, 'accepted': ['count', 'sum', 'mean', 'max', 'last', 'distinct', 'first_delay', 'time_until',
                'fastest_rise', 'repeats', 'returns', 'without']},
            'event_name': {'required': true}, 'value_property': {'name': true}, 'same_property': {'name': true},
            'until_event_name': {}, 'at_least': {'type': 'integer', 'minimum': 2}, 'within_seconds': {'type': 'number', 'minimum': 0},
            'description': {}
        }, **condition),
        'rates': dict({
            'rate': {'key': true, 'name': true}, 'event_name': {'required': true}, 'of_event_name': {'required': true},
            'by_property': {'name': true}, 'window_days': {'required': true, 'type': 'integer', 'minimum': 1}, 'description': {}
        }, **condition),
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
            'confidence': {'type': 'number'}, 'operator': {'required': true, 'accepted': operators}, 'value': {}
        },
        'adjustment_events': dict({
            'event_name': {'key': true}, 'rule_property': {'required': true, 'name': true},
            'content_property': {'name': true}, 'holdout_property': {'name': true}
        }, **condition),
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
        },
        'events': {
            'event_name': {'key': true}, 'other_properties': {'accepted': ['allowed', 'flag', 'quarantine']}, 'description': {}
        },
        'event_properties': {
            'event_name': {'key': true}, 'property': {'key': true, 'name': true},
            'type': {'accepted': ['text', 'integer', 'number', 'boolean', 'timestamp']}, 'is_required': {'type': 'boolean'},
            'minimum': {'type': 'number', 'minimum': -1e12}, 'maximum': {'type': 'number', 'minimum': -1e12}, 'accepted': {},
            'severity': {'required': true, 'accepted': ['flag', 'quarantine']}, 'description': {}
        },
        'patterns': {
            'pattern_set_id': {'key': true}, 'period': {'required': true, 'accepted': ['pre_exposure', 'post_exposure']},
            'metric_id': {'required': true, 'references': 'metrics.metric_id'},
            'landmark_minutes': {'type': 'number', 'minimum': 0},
            'min_support_share': {'required': true, 'type': 'number', 'minimum': 0}, 'min_units': {'type': 'integer', 'minimum': 1},
            'max_length': {'type': 'integer', 'minimum': 1}, 'max_gap': {'type': 'integer', 'minimum': 0},
            'max_span': {'type': 'integer', 'minimum': 1}, 'max_items': {'type': 'integer', 'minimum': 1},
            'max_patterns': {'type': 'integer', 'minimum': 1}, 'max_units': {'type': 'integer', 'minimum': 1},
            'correction': {'accepted': corrections}, 'description': {}
        },
        'pattern_items': dict({
            'pattern_set_id': {'key': true, 'references': 'patterns.pattern_set_id', 'wildcard': true}, 'item': {'key': true},
            'priority': {'type': 'integer'}, 'event_name': {'required': true}, 'label_property': {'name': true}
        }, **condition),
        'exclusions': dict({
            'exclusion_id': {'key': true}, 'event_name': {},
            'scope': {'accepted': ['event', 'from_then_on', 'whole_history']},
            'reason': {'required': true, 'accepted': ['bot', 'internal', 'no_consent']}
        }, **condition)
    }) }}
{% endmacro %}
