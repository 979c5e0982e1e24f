{# Tables are named as their models, whatever the adopter's project does with its own. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {{ (custom_alias_name or node.name) | trim }}
{%- endmacro %}
