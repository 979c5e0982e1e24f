{# The relation that a variable names: a model or seed of the project, or a schema.table of the warehouse. #}
{% macro named_relation(name) %}
    {%- if '.' in name -%}
        {%- set parts = name.split('.') -%}
        {{ return(api.Relation.create(
            database=parts[-3] if parts | length > 2 else target.database, schema=parts[-2], identifier=parts[-1])) }}
    {%- else -%}
        {{ return(ref(name)) }}
    {%- endif -%}
{% endmacro %}
