{# Documents within documents: what trackers put into one field, and how it becomes a flat object. #}

{# A nested value as JSON text. CSV files and text columns hold it as a text of its own; blank and null are NULL. #}
{% macro json_document(value) %}{{ return(adapter.dispatch('json_document', 'microlift')(value)) }}{% endmacro %}
{% macro default__json_document(value) -%}
    case
        when starts_with(cast({{ value }} as varchar), '"') then
            case
                when json_valid(json_extract_string({{ value }}, '$')) then nullif(json_extract_string({{ value }}, '$'), 'null')
                when trim(json_extract_string({{ value }}, '$')) != '' then cast({{ value }} as varchar)
            end
        else nullif(cast({{ value }} as varchar), 'null')
    end
{%- endmacro %}

{#
  A JSON object with `prefix` before each key and without the `$` that trackers put before their own: definitions name
  properties by letters, digits and `_ . : -` alone. Of two keys that become one, the one without `$` is read. Keys that
  start with `leave` are left out. Anything but an object is NULL.
#}
{% macro json_renamed(json, prefix='', leave=none) %}{{ return(adapter.dispatch('json_renamed', 'microlift')(json, prefix, leave)) }}{% endmacro %}
{% macro default__json_renamed(json, prefix, leave) -%}
    {#- A JSON pointer reads any key as it is; a plain key that starts with `$` would be taken for a path. -#}
    {%- set value = "json_extract(" ~ json ~ ", '/' || replace(replace(key, '~', '~0'), '/', '~1'))" -%}
    {%- set pair = "cast(to_json('" ~ prefix ~ "' || ltrim(key, '$')) as varchar) || ':' || cast(" ~ value ~ " as varchar)" -%}
    {%- set keys = "json_keys(" ~ json ~ ")" -%}
    {%- if leave -%}{%- set keys = "list_filter(" ~ keys ~ ", lambda key: not starts_with(key, '" ~ leave ~ "'))" -%}{%- endif -%}
    case when {{ microlift.json_is_object(json) }} then
        '{' || array_to_string(list_transform(
            list_concat(
                list_filter({{ keys }}, lambda key: not starts_with(key, '$')), list_filter({{ keys }}, lambda key: starts_with(key, '$'))
            ),
            lambda key: {{ pair }}
        ), ',') || '}'
    end
{%- endmacro %}

{# A JSON object without some of its keys, and without those whose value is null. #}
{% macro json_without(json, keys) %}{{ return(adapter.dispatch('json_without', 'microlift')(json, keys)) }}{% endmacro %}
{% macro default__json_without(json, keys) -%}
    {%- set removed = {} -%}
    {%- for key in keys -%}{%- do removed.update({key: none}) -%}{%- endfor -%}
    cast(json_merge_patch({{ json }}, '{{ tojson(removed) }}') as varchar)
{%- endmacro %}

{# Several JSON objects in one, a later one over an earlier; those that are NULL and keys whose value is null are left out. #}
{% macro json_merge_all(objects) %}{{ return(adapter.dispatch('json_merge_all', 'microlift')(objects)) }}{% endmacro %}
{% macro default__json_merge_all(objects) -%}
    cast(json_merge_patch('{}'{% for object in objects %}, coalesce({{ object }}, '{}'){% endfor %}) as varchar)
{%- endmacro %}

{#
  A JSON array of {"key", "value"} as a JSON object, where the value is an object of one filled member of `members`. Values
  are texts: exports write one and the same number as 1, "1" or 1.0. A value of another shape is kept as it is.
#}
{% macro json_pairs(json, members, prefix='') %}{{ return(adapter.dispatch('json_pairs', 'microlift')(json, members, prefix)) }}{% endmacro %}
{% macro default__json_pairs(json, members, prefix) -%}
    {%- set texts = [] -%}
    {%- for member in members -%}{%- do texts.append("json_extract_string(pair.value, '$." ~ member ~ "')") -%}{%- endfor -%}
    {%- set other = "case when not starts_with(cast(pair.value as varchar), '{') or " ~ microlift.json_without('pair.value', members)
        ~ " != '{}' then cast(pair.value as varchar) end" -%}
    {%- set value = "coalesce(cast(to_json(coalesce(" ~ texts | join(', ') ~ ")) as varchar), " ~ other ~ ", 'null')" -%}
    case when {{ microlift.json_is_pairs(json) }} then
        '{' || array_to_string(list_transform(
            json_transform({{ json }}, '[{"key": "VARCHAR", "value": "JSON"}]'),
            lambda pair: cast(to_json('{{ prefix }}' || pair.key) as varchar) || ':' || {{ value }}
        ), ',') || '}'
    end
{%- endmacro %}

{# Whether a text is a JSON array of objects that each have a key. #}
{% macro json_is_pairs(json) %}{{ return(adapter.dispatch('json_is_pairs', 'microlift')(json)) }}{% endmacro %}
{% macro default__json_is_pairs(json) -%}
    (case when json_valid({{ json }}) and starts_with(ltrim({{ json }}), '[') then
        len(list_filter(json_transform({{ json }}, '[{"key": "VARCHAR"}]'), lambda pair: pair.key is null)) = 0
    else false end)
{%- endmacro %}

{# Whether a text is a JSON object or array: no id or name, though `[Experiment] Exposure` is one. #}
{% macro is_nested_json(text) %}{{ return(adapter.dispatch('is_nested_json', 'microlift')(text)) }}{% endmacro %}
{% macro default__is_nested_json(text) -%}
    (case when starts_with({{ text }}, '{') or starts_with({{ text }}, '[') then json_valid({{ text }}) else false end)
{%- endmacro %}

{# A JSON array of objects, each without the keys whose value is null (a table has them all); other JSON as it is. #}
{% macro json_objects(json) %}{{ return(adapter.dispatch('json_objects', 'microlift')(json)) }}{% endmacro %}
{% macro default__json_objects(json) -%}
    case when starts_with({{ json }}, '[') and json_valid({{ json }})
        then to_json(list_transform(json_transform({{ json }}, '["JSON"]'),
            lambda element: case when starts_with(element, '{') then json_merge_patch('{}', element) else element end))
        else cast({{ json }} as json)
    end
{%- endmacro %}

{# What stands at a JSON pointer (`/visitor/id`), as JSON; NULL where there is nothing, or null. #}
{% macro json_value(json, pointer) %}{{ return(adapter.dispatch('json_value', 'microlift')(json, pointer)) }}{% endmacro %}
{% macro default__json_value(json, pointer) -%}
    {{ return("nullif(json_extract(" ~ json ~ ", " ~ microlift.string_literal(pointer) ~ "), 'null')") }}
{%- endmacro %}

{# The same at several pointers in one pass, as an array of texts. #}
{% macro json_texts(json, pointers) %}{{ return(adapter.dispatch('json_texts', 'microlift')(json, pointers)) }}{% endmacro %}
{% macro default__json_texts(json, pointers) -%}
    {%- set literals = [] -%}
    {%- for pointer in pointers -%}{%- do literals.append(microlift.string_literal(pointer)) -%}{%- endfor -%}
    {{ return('json_extract_string(' ~ json ~ ', [' ~ literals | join(', ') ~ '])') }}
{%- endmacro %}

{# Of Snowplow's self-describing contexts, the data of those whose schema starts so, as a JSON array; NULL where there is none. #}
{% macro self_described(json, schema) %}{{ return(adapter.dispatch('self_described', 'microlift')(json, schema)) }}{% endmacro %}
{% macro default__self_described(json, schema) -%}
    nullif(cast(to_json(list_transform(
        list_filter(
            json_transform(json_extract({{ microlift.valid_json(json) }}, '$.data'), '[{"schema": "VARCHAR", "data": "JSON"}]'),
            lambda x: starts_with(x.schema, '{{ schema }}')
        ),
        lambda x: x.data
    )) as varchar), '[]')
{%- endmacro %}
