{# Signals that every session has, beside those that definitions name. #}
{% macro session_signals() %}
    {{ return(microlift.signals_at_start() + ['sessions', 'session_seconds', 'session_events', 'page_views', 'is_bounce']) }}
{% endmacro %}

{# Those of them that the session's first moment tells; of the session of an exposure they are known before it. #}
{% macro signals_at_start() %}
    {{ return(['session_number', 'hour_of_day', 'weekday', 'days_since_last_session', 'sessions_last_7_days', 'traffic_source', 'campaign',
        'device', 'country']) }}
{% endmacro %}


{# One row of a session becomes one a signal that the session tells by itself, without a join: of all, or of those named. #}
{% macro signals_of_session(wanted=none) %}
    {%- set numbers = {
        'session_number': 'session_number', 'session_seconds': 'duration_seconds', 'session_events': 'events', 'page_views': 'page_views',
        'is_bounce': 'cast(is_bounce as integer)', 'hour_of_day': 'extract(hour from started_at)', 'weekday': 'extract(isodow from started_at)',
        'days_since_last_session': 'days_since_last_session', 'sessions_last_7_days': 'sessions_last_7_days'
    } -%}
    {%- set signals = [] -%}
    {%- for signal, value in numbers.items() if wanted is none or signal in wanted -%}
        {%- do signals.append(microlift.struct({'signal': "'" ~ signal ~ "'", 'value': 'cast(' ~ value ~ ' as double)', 'text_value': 'cast(null as varchar)'})) -%}
    {%- endfor -%}
    {%- for signal in ['traffic_source', 'campaign', 'device', 'country'] if wanted is none or signal in wanted -%}
        {%- do signals.append(microlift.struct({'signal': "'" ~ signal ~ "'", 'value': 'cast(null as double)', 'text_value': signal})) -%}
    {%- endfor -%}
    {{ microlift.explode('[' ~ signals | join(', ') ~ ']') }}
{%- endmacro %}
