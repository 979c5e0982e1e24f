{#
  Whether some row of a definition model has this, so that SQL which no definition asks for is not written: the engine then
  reads fewer columns and tries fewer cases. What is not yet known, as before the first build, is taken as asked for.
#}
{% macro any_row(relation, condition) %}
    {%- if microlift.is_unit_test() or not (execute and load_relation(relation)) -%}{{ return(true) }}{%- endif -%}
    {%- set rows = run_query("select count(*), count(*) filter (where " ~ condition ~ ") from " ~ relation).rows[0] -%}
    {{ return(rows[0] == 0 or rows[1] > 0) }}
{% endmacro %}
