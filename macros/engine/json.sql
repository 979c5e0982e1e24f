{# The value of a key of a JSON object held as text, as text; NULL where the key is absent. #}
{% macro json_text(json, key) %}{{ return(adapter.dispatch('json_text', 'microlift')(json, key)) }}{% endmacro %}
{% macro default__json_text(json, key) %}json_extract_string({{ json }}, {{ key }}){% endmacro %}

{# The same of a key that nobody has checked: it is read as it is, and never as a path. #}
{% macro json_text_of_key(json, key) %}{{ return(adapter.dispatch('json_text_of_key', 'microlift')(json, key)) }}{% endmacro %}
{% macro default__json_text_of_key(json, key) -%}
    json_extract_string({{ json }}, '/' || replace(replace({{ key }}, '~', '~0'), '/', '~1'))
{%- endmacro %}

{# The value of the first filled key that starts so, as text. #}
{% macro json_text_of_prefix(json, prefix) %}{{ return(adapter.dispatch('json_text_of_prefix', 'microlift')(json, prefix)) }}{% endmacro %}
{% macro default__json_text_of_prefix(json, prefix) -%}
    {%- set is_filled = "starts_with(key, '" ~ prefix ~ "') and json_extract_string(" ~ json ~ ", key) is not null" -%}
    {{ return('json_extract_string(' ~ json ~ ', list_filter(json_keys(' ~ json ~ '), lambda key: ' ~ is_filled ~ ')[1])') }}
{%- endmacro %}

{# A text where it is valid JSON, else NULL. #}
{% macro valid_json(text) %}{{ return(adapter.dispatch('valid_json', 'microlift')(text)) }}{% endmacro %}
{% macro default__valid_json(text) %}{{ return('(case when json_valid(' ~ text ~ ') then ' ~ text ~ ' end)') }}{% endmacro %}

{# A text where it is filled and no JSON, else NULL. #}
{% macro broken_json(text) %}{{ return(adapter.dispatch('broken_json', 'microlift')(text)) }}{% endmacro %}
{% macro default__broken_json(text) %}{{ return("(case when " ~ text ~ " != '' and not json_valid(" ~ text ~ ") then " ~ text ~ " end)") }}{% endmacro %}

{# A whole row, or a nested value, as JSON text. #}
{% macro row_as_json(alias) %}{{ return(adapter.dispatch('row_as_json', 'microlift')(alias)) }}{% endmacro %}
{% macro default__row_as_json(alias) %}cast(to_json({{ alias }}) as varchar){% endmacro %}

{% macro value_as_json(expression) %}{{ return(adapter.dispatch('value_as_json', 'microlift')(expression)) }}{% endmacro %}
{% macro default__value_as_json(expression) %}cast(to_json({{ expression }}) as varchar){% endmacro %}

{# JSON text as a struct of the given shape, in one pass; what does not fit the shape is NULL. #}
{% macro json_struct(json, shape) %}{{ return(adapter.dispatch('json_struct', 'microlift')(json, shape)) }}{% endmacro %}
{% macro default__json_struct(json, shape) %}json_transform({{ json }}, '{{ tojson(shape) }}'){% endmacro %}

{# A JSON object of key → expression, as text. #}
{% macro json_object(fields) %}{{ return(adapter.dispatch('json_object', 'microlift')(fields)) }}{% endmacro %}
{% macro default__json_object(fields) -%}
    {%- set pairs = [] -%}
    {%- for key, expression in fields.items() -%}{%- do pairs.append("'" ~ key ~ "', " ~ expression) -%}{%- endfor -%}
    {{ return('json_object(' ~ pairs | join(', ') ~ ')') }}
{%- endmacro %}

{# Two JSON objects in one, the second over the first; keys whose value is null are left out. #}
{% macro json_merge(first, second) %}{{ return(adapter.dispatch('json_merge', 'microlift')(first, second)) }}{% endmacro %}
{% macro default__json_merge(first, second) -%}
    {{ return("cast(json_merge_patch('{}', " ~ first ~ ", coalesce(" ~ second ~ ", '{}')) as varchar)") }}
{%- endmacro %}

{# Whether a text is a JSON object. #}
{% macro json_is_object(text) %}{{ return(adapter.dispatch('json_is_object', 'microlift')(text)) }}{% endmacro %}
{% macro default__json_is_object(text) %}(json_valid({{ text }}) and starts_with(ltrim({{ text }}, ' ' || chr(9) || chr(10) || chr(13)), '{')){% endmacro %}

{# The keys of a JSON object, as an array. #}
{% macro json_keys(json) %}{{ return(adapter.dispatch('json_keys', 'microlift')(json)) }}{% endmacro %}
{% macro default__json_keys(json) %}json_keys({{ json }}){% endmacro %}
