{# Events for which a rule of a funnel holds, once for each type of unit that they belong to (CTE `unit_types`). #}
{% macro events_of_funnels(of_event) %}
    {%- set unit = "case t.unit_type when 'user' then e.person_id when 'device' then e.device_id else e.session_id end" -%}
    {%- set asked = microlift.funnel_traits() -%}
    select
        r.funnel_id,
        t.unit_type,
        {{ unit }} as unit_id,
        case when f.is_held_to_session then e.session_id end as held_session,
        {{ "case when f.held_property is not null then " ~ json_text('e.properties', 'f.held_property') ~ " end" if asked.held_values
            else 'cast(null as varchar)' }} as held_value,
        e.event_id,
        e.event_time,
        r.effect
    from {{ ref('int_person_events') }} as e
    inner join {{ ref('int_funnel_rules') }} as r on {{ of_event }}
    inner join {{ ref('int_funnels') }} as f on f.funnel_id = r.funnel_id
    cross join unit_types as t
    where {{ microlift.may_be_touched('e.version') }} and {{ is_touched(unit, 'unit_id') }}
        {{ 'and ' ~ matches(json_text('e.properties', 'r.property'), 'r.operator', 'r.value') if asked.conditions }}
        and {{ unit }} is not null
        and (not f.is_held_to_session or e.session_id is not null)
        {{ 'and (f.held_property is null or ' ~ json_text('e.properties', 'f.held_property') ~ ' is not null)' if asked.held_values }}
{%- endmacro %}
