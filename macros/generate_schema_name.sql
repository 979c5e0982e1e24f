{# Everything lives in one schema of its own, whatever the adopter's target schema is. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
