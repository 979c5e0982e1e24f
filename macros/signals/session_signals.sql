{# Signals that every session has, beside those that definitions name. #}
{% macro session_signals() %}
    {{ return(microlift.signals_at_start() + ['sessions', 'session_seconds', 'session_events', 'page_views', 'is_bounce']) }}
{% endmacro %}

{# Those of them that the session's first moment tells; of the session of an exposure they are known before it. #}
{% macro signals_at_start() %}
    {{ return(['session_number', 'hour_of_day', 'weekday', 'days_since_last_session', 'sessions_last_7_days', 'traffic_source', 'campaign',
        'device', 'country']) }}
{% endmacro %}
