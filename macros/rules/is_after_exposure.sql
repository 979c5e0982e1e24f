{# Whether an event comes after the unit's exposure; at the exposure's own moment, only what is ordered after it does. #}
{% macro is_after_exposure(event, exposure) -%}
    ({{ event }}.event_time > {{ exposure }}.exposed_at
        or ({{ event }}.event_time = {{ exposure }}.exposed_at
            and ({{ event }}.sequence, {{ event }}.event_id) > ({{ exposure }}.exposure_sequence, {{ exposure }}.exposure_event_id)))
{%- endmacro %}
