{#
  A definition table as trimmed text, blank as NULL: the seed `def_<name>`, or the relation that the variable
  `definitions` puts in its place. Once that variable names any table, the tables that it does not name are empty:
  rows of one project's seeds say nothing of another's experiments. Timestamps are brought to UTC, so that a plain
  cast further on cannot drop an offset. (What cannot be read at all: check_definition_sources.)
#}
{% macro definition(name) %}
    {%- set given = var('definitions') -%}
    {%- set relation = microlift.named_relation(given.get(name, 'def_' ~ name)) -%}
    {%- set known = execute and load_relation(relation) is not none -%}
    {%- set found = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list if known else [] -%}
    {%- set columns = [] -%}
    {%- for column, rule in microlift.definition_spec()[name].items() -%}
        {%- set text = "nullif(trim(cast(" ~ column ~ " as varchar)), '')" if column in found else 'cast(null as varchar)' -%}
        {%- if rule.type == 'timestamp' and column in found -%}
            {%- set text = "coalesce(cast(" ~ microlift.to_utc(text) ~ " as varchar), " ~ text ~ ")" -%}
        {%- endif -%}
        {%- do columns.append(text ~ " as " ~ column) -%}
    {%- endfor -%}
    (select {{ columns | join(', ') }} from {{ relation }}{{ ' where false' if given and name not in given }})
{%- endmacro %}
