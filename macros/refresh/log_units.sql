{#
  Hooks of int_person_events: the units whose rows are about to go, or have just come. Persons are known from their change
  log; devices and sessions have to be looked for, and are where an experiment has such units. One that is defined later finds
  its tables computed anew as a whole.
#}
{% macro log_units_leaving() %}
    {%- if is_incremental() and microlift.built_until() is not none -%}
        insert into {{ ref('int_event_unit_changes') }}
        select changed_key, 'user', {{ microlift.build_version() }}
        from {{ microlift.change_log('person_id') }}
        where version > {{ microlift.built_until() }};
        {{ microlift.log_units(microlift.is_touched('person_id')) }}
    {%- else -%}
        insert into {{ ref('int_event_unit_changes') }} values (null, 'user', {{ microlift.build_version() }})
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
    {%- set keys, types = [], [] -%}
    {%- for unit_type in microlift.unit_types_in_use() if unit_type != 'user' -%}
        {%- do keys.append(unit_type ~ '_id') -%}
        {%- do types.append("'" ~ unit_type ~ "'") -%}
    {%- endfor -%}
    {%- if keys -%}
    insert into {{ ref('int_event_unit_changes') }}
    select distinct unit_id, unit_type, {{ microlift.build_version() }}
    from (
        select {{ explode('[' ~ keys | join(', ') ~ ']') }} as unit_id, {{ explode('[' ~ types | join(', ') ~ ']') }} as unit_type
        from {{ this }}
        where {{ condition }}
    ) as units
    where unit_id is not null
    {%- else -%}
    select 1
    {%- endif -%}
{% endmacro %}

{# Of the experiments as they were last built: the events themselves do not depend on them. #}
{% macro unit_types_in_use() %}
    {%- set node = graph.nodes.get('model.microlift.dim_experiments') -%}
    {%- set experiments = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
    {%- if not load_relation(experiments) -%}{{ return([]) }}{%- endif -%}
    {{ return(run_query("select distinct unit_type from " ~ experiments ~ " order by unit_type").columns[0].values() | list) }}
{% endmacro %}
