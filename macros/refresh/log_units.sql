{# Hooks of int_person_events: every person, device and session whose rows are about to go, or have just come. #}
{% macro log_units_leaving() %}
    {%- if is_incremental() and microlift.built_until() is not none -%}
        {{ microlift.log_units(microlift.is_touched('person_id')) }}
    {%- else -%}
        insert into {{ ref('int_event_unit_changes') }} values (null, {{ microlift.build_version() }})
    {%- endif -%}
{% endmacro %}

{% macro log_units_arriving() %}
    {%- if is_incremental() and microlift.built_until() is not none -%}
        {{ microlift.log_units('version = ' ~ microlift.build_version()) }}
    {%- else -%}
        select 1
    {%- endif -%}
{% endmacro %}

{% macro log_units(condition) %}
    insert into {{ ref('int_event_unit_changes') }}
    select distinct unit_id, {{ microlift.build_version() }}
    from (
        select {{ explode('[person_id, device_id, session_id]') }} as unit_id
        from {{ this }}
        where {{ condition }}
    ) as units
    where unit_id is not null
{% endmacro %}
