{# A canonical event as JSON text: its raw self where the row itself was not kept. #}
{% macro event_as_json() -%}
    {%- set fields = {} -%}
    {%- for name in ['event_id', 'event_name', 'event_time', 'received_time', 'user_id', 'device_id', 'tracker_session_id',
        'sequence', 'properties'] -%}
        {%- do fields.update({name: name}) -%}
    {%- endfor -%}
    cast({{ json_object(fields) }} as varchar)
{%- endmacro %}
