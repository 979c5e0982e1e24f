{# Whether a time is more than a day ahead of this run: no clock is right that says so. #}
{% macro in_future(timestamp) -%}
    ({{ timestamp }} > {{ add_seconds("timestamp '" ~ run_started_at.strftime('%Y-%m-%d %H:%M:%S') ~ "'", 86400) }})
{%- endmacro %}
