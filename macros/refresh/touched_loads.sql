{# A condition for the loads that have to be read, spelled out so that the engine opens no other file. #}
{% macro is_touched_load(column) %}
    {%- if microlift.is_unit_test() -%}{{ return('true') }}{%- endif -%}
    {%- do ref('int_build_states') -%}
    {%- set log = microlift.change_log('load_id') -%}
    {%- set since = microlift.built_until() -%}
    {%- if since is none -%}{{ return('true') }}{%- endif -%}
    {%- set loads = [] -%}
    {%- for row in run_query("select changed_key from " ~ log ~ " where version > " ~ since ~ " and fingerprint is not null").rows -%}
        {%- do loads.append(microlift.string_literal(row[0])) -%}
    {%- endfor -%}
    {{ return(column ~ ' in (' ~ loads | join(', ') ~ ')' if loads else 'false') }}
{% endmacro %}
