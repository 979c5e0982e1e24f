{# The events that there are, which are left out, and who is to be forgotten. #}
{% macro events_spec() %}
    {{ return({
        'events': {
            'event_name': {'key': true}, 'other_properties': {'accepted': ['allowed', 'flag', 'quarantine']}, 'description': {}
        },
        'event_properties': {
            'event_name': {'key': true}, 'property': {'key': true, 'name': true},
            'type': {'accepted': ['text', 'integer', 'number', 'boolean', 'timestamp']}, 'is_required': {'type': 'boolean'},
            'minimum': {'type': 'number', 'minimum': -1e12}, 'maximum': {'type': 'number', 'minimum': -1e12}, 'accepted': {},
            'severity': {'required': true, 'accepted': ['flag', 'quarantine']}, 'description': {}
        },
        'exclusions': dict({
            'exclusion_id': {'key': true}, 'event_name': {},
            'scope': {'accepted': ['event', 'from_then_on', 'whole_history']},
            'reason': {'required': true, 'accepted': ['bot', 'internal', 'no_consent']}
        }, **microlift.condition_columns()),
        'erasures': {'erased_id': {'key': true}, 'requested_at': {'type': 'timestamp'}, 'description': {}}
    }) }}
{% endmacro %}
