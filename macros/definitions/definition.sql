{#
  A definition table as trimmed text, blank as NULL: the seed `def_<name>`, or the relation that the variable
  `definitions` puts in its place. Once that variable names any table, the tables that it does not name are empty:
  rows of one project's seeds say nothing of another's experiments. A required column that the relation lacks stops
  the run.
#}
{% macro definition(name) %}
    {%- set given = var('definitions') -%}
    {%- set relation = microlift.named_relation(given.get(name, 'def_' ~ name)) -%}
    {%- set known = execute and load_relation(relation) is not none -%}
    {%- set found = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list if known else [] -%}
    {%- set columns = [] -%}
    {%- for column, rule in microlift.definition_spec()[name].items() -%}
        {%- if column in found -%}
            {%- do columns.append("nullif(trim(cast(" ~ column ~ " as varchar)), '') as " ~ column) -%}
        {%- else -%}
            {%- if known and (rule.required or (rule.key and not rule.optional)) -%}
                {{ exceptions.raise_compiler_error(
                    "definition `" ~ name ~ "`: " ~ relation ~ " has no column `" ~ column ~ "`. Columns found: "
                    ~ found | join(', ') ~ ". Add it (docs/definitions.md).") }}
            {%- endif -%}
            {%- do columns.append("cast(null as varchar) as " ~ column) -%}
        {%- endif -%}
    {%- endfor -%}
    (select {{ columns | join(', ') }} from {{ relation }}{{ ' where false' if given and name not in given }})
{%- endmacro %}
