{# What stands at each JSON pointer (`/visitor/id`), as an array of JSON in one pass; NULL where there is nothing. #}
{% macro json_at(json, pointers) %}{{ return(adapter.dispatch('json_at', 'microlift')(json, pointers)) }}{% endmacro %}
{% macro default__json_at(json, pointers) -%}
    {%- set literals = [] -%}
    {%- for pointer in pointers -%}{%- do literals.append(microlift.string_literal(pointer)) -%}{%- endfor -%}
    {{ return('json_extract(' ~ json ~ ', [' ~ literals | join(', ') ~ '])') }}
{%- endmacro %}

{# A JSON value as text; NULL for an object or an array, which is no value of one field. #}
{% macro json_scalar(value) %}{{ return(adapter.dispatch('json_scalar', 'microlift')(value)) }}{% endmacro %}
{% macro default__json_scalar(value) %}{{ return("case when not " ~ microlift.json_is_nested(value) ~ " then json_extract_string(" ~ value ~ ", '$') end") }}{% endmacro %}

{% macro json_is_nested(value) %}{{ return(adapter.dispatch('json_is_nested', 'microlift')(value)) }}{% endmacro %}
{% macro default__json_is_nested(value) %}{{ return("coalesce(json_type(" ~ value ~ ") in ('OBJECT', 'ARRAY'), false)") }}{% endmacro %}

{# JSON as the text that it holds where it is a string, else as it is written: an object may come in either. #}
{% macro json_unquoted(value) %}{{ return(adapter.dispatch('json_unquoted', 'microlift')(value)) }}{% endmacro %}
{% macro default__json_unquoted(value) %}{{ return("json_extract_string(" ~ value ~ ", '$')") }}{% endmacro %}

{# Whether a JSON object has one of these keys and no others. #}
{% macro json_has_only(json, keys) %}{{ return(adapter.dispatch('json_has_only', 'microlift')(json, keys)) }}{% endmacro %}
{% macro default__json_has_only(json, keys) %}{{ return("(len(json_keys(" ~ json ~ ")) > 0 and list_has_all(" ~ keys ~ ", json_keys(" ~ json ~ ")))") }}{% endmacro %}
