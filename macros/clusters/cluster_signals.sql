{# Numbers of one level and period that clusters may use, beside the defined signals. #}
{% macro cluster_signals(basis) %}
    {{ return({
        'pre_exposure': ['sessions', 'session_number', 'hour_of_day', 'weekday', 'days_since_last_session', 'sessions_last_7_days'],
        'post_exposure': ['sessions'],
        'session': ['session_number', 'session_seconds', 'session_events', 'page_views', 'is_bounce', 'hour_of_day', 'weekday',
            'days_since_last_session', 'sessions_last_7_days']
    }[basis]) }}
{% endmacro %}
