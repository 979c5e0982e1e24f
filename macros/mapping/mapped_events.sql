{#
  Canonical events from rows of JSON (`json_rows`, or a relation like it) under a mapping, which is data: canonical column →
  key, list of keys, or {value: constant}. No text of a mapping is ever SQL; keys become literals.
#}
{% macro mapped_events(variable, rows, defaults={}) %}
    {%- set mapping = microlift.checked_mapping(variable, dict(defaults, **var(variable)) if var(variable) is mapping else var(variable)) -%}
    {%- set pointers = ['/properties'] -%}
    {%- set places = {} -%}
    {%- for name, column in mapping.columns.items() -%}
        {%- do places.update({name: microlift.mapping_places(column.paths, pointers)}) -%}
    {%- endfor -%}
    {%- set property_places = {} -%}
    {%- for name, paths in mapping.properties.named.items() -%}
        {%- do property_places.update({name: microlift.mapping_places(paths, pointers)}) -%}
    {%- endfor %}
with

found as (
    select load_id, json, defect, raw_payload, by_day, {{ microlift.json_at('json', pointers) }} as found
    from ({{ rows }}) as source_rows
),

texts as (
    select
        load_id, json, raw_payload, by_day, found,
        {% for name, column in mapping.columns.items() -%}
        {{ microlift.mapped_text(column, places[name]) }} as {{ name }},
        {% endfor -%}
        {{ microlift.nested_text('found', 1) }} as given_properties,
        case
            when defect is not null then defect
            {% for name in mapping.columns if places[name] -%}
            when {{ microlift.mapped_is_nested(places[name]) }} then 'unparseable_{{ name }}'
            {% endfor -%}
        end as defect
    from found
),

typed as (
    select
        {{ microlift.all_but(['event_id', 'event_time', 'received_time', 'sequence']) }},
        {% if mapping.is_id_named -%}event_id{%- else -%}
        -- Rows without an id are told by what they say, so that a row that comes twice counts once.
        coalesce(event_id, {{ microlift.fingerprint(['json']) }})
        {%- endif %} as event_id,
        {% for name in ('event_time', 'received_time') -%}
        {{ name }} as {{ name }}_text,
        {{ microlift.mapped_time(name, mapping.time_unit) }} as {{ name }},
        {% endfor -%}
        sequence as sequence_text,
        try_cast(sequence as bigint) as sequence
    from texts
)

select
    event_id,
    event_name,
    event_time,
    received_time,
    user_id,
    device_id,
    tracker_session_id,
    sequence,
    case when defect is null then {{ microlift.mapped_properties(mapping, property_places) }} end as properties,
    load_id || case when by_day then '/' || coalesce(cast(cast(coalesce(received_time, event_time) as date) as varchar), 'undated') else '' end as load_id,
    case
        when defect is not null then defect
        {% for name in ('event_time', 'received_time', 'sequence') -%}
        when {{ name }}_text is not null and {{ name }} is null then 'unparseable_{{ name }}'
        {% endfor -%}
        {% if mapping.properties.rest -%}
        when {{ microlift.json_unquoted('found[1]') }} is not null and given_properties is null then 'broken_properties'
        {%- endif %}
    end as defect,
    raw_payload
from typed
{% endmacro %}
