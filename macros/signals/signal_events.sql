{# The events that signals are taken of, with the number and the text that each signal reads; a row for each event and `rule`. #}
{% macro signal_events(events) %}
    {% for name, is_until in [('event_name', 'false'), ('until_event_name', 'true')] -%}
    select
        e.*,
        r.signal as rule,
        {{ is_until }} as is_until,
        try_cast({{ json_text('e.properties', 'r.value_property') }} as double) as number,
        {{ json_text('e.properties', 'r.same_property') }} as same
    from {{ events }} as e
    inner join {{ ref('int_signals') }} as r on r.{{ name }} = e.event_name
    {% if not loop.last -%}
    where {{ matches(json_text('e.properties', 'r.property'), 'r.operator', 'r.operand') }}
    union all
    {%- endif %}
    {% endfor -%}
{% endmacro %}
