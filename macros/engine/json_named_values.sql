{# A JSON object from a JSON list of objects that hold a name and a value. The first of a name counts, and a `$` before
   it is left out, since no property of a definition can be named so. What is no such list is an empty object. #}
{% macro json_named_values(json, name='name', value='value') %}{{ return(adapter.dispatch('json_named_values', 'microlift')(json, name, value)) }}{% endmacro %}
{% macro default__json_named_values(json, name, value) -%}
    {%- set pairs = "list_filter(list_transform(json_transform(" ~ microlift.valid_json(json) ~ ", '[{\"" ~ name ~ "\": \"VARCHAR\", \""
        ~ value ~ "\": \"VARCHAR\"}]'), lambda x: struct_pack(k := ltrim(x." ~ name ~ ", '$'), v := x." ~ value ~ ")), lambda x: x.k != '')" -%}
    {{ return("coalesce(to_json(list_reduce(" ~ pairs ~ ", lambda pairs, x: case when map_contains(pairs, x.k) then pairs"
        ~ " else map_concat(pairs, map([x.k], [x.v])) end, cast(map() as map(varchar, varchar)))), '{}')") }}
{%- endmacro %}
