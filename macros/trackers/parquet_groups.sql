{# Parquet files (an SQL list of paths) as lists of one schema each: what is text in one file and nested in another needs a
   reader of its own, since no common type holds both. #}
{% macro parquet_groups(paths) %}
    {%- if not paths -%}{{ return([]) }}{%- endif -%}
    {%- set query -%}
        with schemas as (
            select file_name as path, string_agg(name || ' ' || coalesce(duckdb_type, ''), ',' order by column_id) as columns
            from parquet_schema({{ paths }})
            group by file_name
        )
        select columns, path from schemas order by path
    {%- endset -%}
    {%- set groups = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- set escaped = row[1].replace('[', '[[]').replace('*', '[*]').replace('?', '[?]') -%}
        {%- do groups.setdefault(row[0], []).append(microlift.string_literal(escaped)) -%}
    {%- endfor -%}
    {%- set lists = [] -%}
    {%- for group in groups.values() -%}{%- do lists.append('[' ~ group | join(', ') ~ ']') -%}{%- endfor -%}
    {{ return(lists) }}
{% endmacro %}
