{#
  Incremental models that hold rows of units (persons, devices, sessions, loads) delete and compute anew the rows of
  those units that changed since the model was last built. Such a model has

      config(materialized='incremental', incremental_strategy='touched', meta={'refresh_by': 'person_id'})

  and reads only rows for which `is_touched(column)` holds. What changed is in the log of its key (`change_log`); up to
  which build the model has taken the log in, and under which signature, is in `int_build_states`, written in one
  transaction with the rows. So a build that is killed leaves no gap: the next one sees the same units as touched.
#}
{% macro is_touched(column, key=none) %}
    {%- if microlift.is_unit_test() -%}{{ return('true') }}{%- endif -%}
    {#- Named by the column, since a model's configuration is not yet known when its references are collected. -#}
    {%- set log = microlift.change_log(key or column.split('.')[-1]) -%}
    {%- do ref('int_build_states') -%}
    {%- set since = microlift.built_until() -%}
    {%- if since is none -%}{{ return('true') }}{%- endif -%}
    {{ return('(' ~ column ~ ' in (select changed_key from ' ~ log ~ ' where version > ' ~ since ~ '))') }}
{% endmacro %}


{# For rows that carry the build they were written in: the same condition, which the engine can skip whole blocks by. #}
{% macro is_written_since(column) %}
    {%- if microlift.is_unit_test() -%}{{ return('true') }}{%- endif -%}
    {%- do microlift.change_log('person_id') -%}
    {%- do ref('int_build_states') -%}
    {%- set since = microlift.built_until() -%}
    {{ return('true' if since is none else '(' ~ column ~ ' > ' ~ since ~ ')') }}
{% endmacro %}


{# Of units, for rows written anew with their person: where every touched unit is a person, and of units that are devices or
   sessions or whose own rows changed there is none, no block needs to be opened that an earlier build wrote. #}
{% macro may_be_touched(column) %}
    {%- if microlift.is_unit_test() -%}{{ return('true') }}{%- endif -%}
    {%- set log = microlift.change_log('unit_id') -%}
    {%- do ref('int_build_states') -%}
    {%- set since = microlift.built_until() -%}
    {%- if since is none or run_query("select 1 from " ~ log ~ " where version > " ~ since
        ~ " and unit_type is distinct from 'user' limit 1").rows -%}
        {{ return('true') }}
    {%- endif -%}
    {{ return('(' ~ column ~ ' > ' ~ since ~ ')') }}
{% endmacro %}


{# A unit test gives the rows of a model, and there is nothing it was built from before. #}
{% macro is_unit_test() %}{{ return(execute and model.resource_type == 'unit_test') }}{% endmacro %}


{# The log that tells which keys changed in which build; a NULL key stands for all. #}
{% macro change_log(key) %}
    {%- set logs = {'load_id': 'int_load_changes', 'person_id': 'int_person_changes', 'unit_id': 'int_unit_changes'} -%}
    {{ return(ref(logs[key])) }}
{% endmacro %}


{# The last build that this model has taken in; none where everything has to be computed anew. Asked once a model: the answer is
   kept beside its other facts. #}
{% macro built_until() %}
    {%- if not (execute and is_incremental()) -%}{{ return(none) }}{%- endif -%}
    {%- if 'built_until' not in model -%}{%- do model.update({'built_until': microlift.look_up_built_until()}) -%}{%- endif -%}
    {{ return(model['built_until']) }}
{% endmacro %}

{% macro look_up_built_until() %}
    {%- if not load_relation(ref('int_build_states')) -%}{{ return(none) }}{%- endif -%}
    {%- set state = run_query("select signature, version from " ~ ref('int_build_states') ~ " where model = '" ~ model.name
        ~ "' order by version desc limit 1").rows -%}
    {%- if not state or state[0][0] != microlift.build_signature() -%}{{ return(none) }}{%- endif -%}
    {%- set key = model.config.meta.get('refresh_by') -%}
    {%- if key and run_query("select 1 from " ~ microlift.change_log(key) ~ " where changed_key is null and version > "
        ~ state[0][1] ~ " limit 1").rows -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(state[0][1]) }}
{% endmacro %}


{# The last build that a model has taken in, by its name: it may lie downstream of whoever asks. #}
{% macro last_build_of(name) %}
    {%- set states = ref('int_build_states') -%}
    {%- if not (execute and load_relation(states)) -%}{{ return(-1) }}{%- endif -%}
    {{ return(run_query("select coalesce(max(version), -1) from " ~ states ~ " where model = '" ~ name ~ "'").rows[0][0]) }}
{% endmacro %}


{# dbt's hook for `incremental_strategy='touched'`. #}
{% macro get_incremental_touched_sql(arguments) %}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set key = model.config.meta.refresh_by -%}
    delete from {{ arguments.target_relation }} where {{ microlift.is_touched(key, key) }};
    insert into {{ arguments.target_relation }} ({{ columns }}) select {{ columns }} from {{ arguments.temp_relation }}
{% endmacro %}
