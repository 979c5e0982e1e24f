{# Signals that every session has, beside those that definitions name. #}
{% macro session_signals() %}
    {{ return(['sessions', 'session_number', 'session_seconds', 'session_events', 'page_views', 'is_bounce', 'hour_of_day', 'weekday',
        'days_since_last_session', 'sessions_last_7_days', 'traffic_source', 'campaign', 'device', 'country']) }}
{% endmacro %}


{# Those of them that the start of the session of the exposure told: signals of the unit before its exposure. #}
{% macro signals_at_exposure() %}
    {{ return(['session_number', 'hour_of_day', 'weekday', 'days_since_last_session', 'sessions_last_7_days', 'traffic_source',
        'campaign', 'device', 'country']) }}
{% endmacro %}
