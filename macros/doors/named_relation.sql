{# The relation that a variable names: a model or seed of the project, or a schema.table of the warehouse. #}
{% macro named_relation(name) %}
    {%- if '.' in name -%}
        {%- set parts = name.split('.') -%}
        {{ return(api.Relation.create(
            database=parts[-3] if parts | length > 2 else target.database, schema=parts[-2], identifier=parts[-1])) }}
    {%- elif name.split('_')[0] in ('fct', 'dim', 'agg', 'int', 'input', 'results') -%}
        {#- microlift has tables of such names too, and none of them is what an adopter means. -#}
        {{ return(ref(project_name, name)) }}
    {%- else -%}
        {{ return(ref(name)) }}
    {%- endif -%}
{% endmacro %}
