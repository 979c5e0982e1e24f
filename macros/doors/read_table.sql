{# Table files of one format as a relation; `file` names the column that holds their paths. A CSV file without a quote
   among its first rows gets the usual one, since a guessed one would be none at all (microlift.landing). #}
{% macro read_csv_files(paths, file, format='csv') %}
    {{- return("read_csv(" ~ paths ~ ", header = true, all_varchar = true, union_by_name = true, ignore_errors = true, "
        ~ ("quote = '\"', " if format == 'plain_csv') ~ "filename = '" ~ file ~ "')") -}}
{% endmacro %}

{% macro read_parquet_files(paths, file) %}
    {{- return("read_parquet(" ~ paths ~ ", union_by_name = true, filename = '" ~ file ~ "')") -}}
{% endmacro %}

{# Parquet files (an SQL list of paths) as lists that can be read by name as one: a column that two of a list have is of
   one type in both. Another type would stop the read, or change what is read (42 as 42.0). #}
{% macro parquet_unions(paths) %}
    {%- set unions = [] -%}
    {%- for group in microlift.parquet_groups(paths) -%}
        {%- set columns = {} -%}
        {%- for row in run_query("describe select * from " ~ microlift.read_parquet_files(group, 'microlift_file')).rows -%}
            {%- do columns.update({row[0] | lower: row[1]}) -%}
        {%- endfor -%}
        {%- set fitting = [] -%}
        {%- for union in unions if not fitting -%}
            {%- set contradicted = [] -%}
            {%- for name, type in columns.items() if union.columns.get(name, type) != type -%}{%- do contradicted.append(name) -%}{%- endfor -%}
            {%- if not contradicted -%}{%- do fitting.append(union) -%}{%- endif -%}
        {%- endfor -%}
        {%- if fitting -%}
            {%- do fitting[0].columns.update(columns) -%}
            {%- do fitting[0].groups.append(group[1:-1]) -%}
        {%- else -%}
            {%- do unions.append({'columns': columns, 'groups': [group[1:-1]]}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set lists = [] -%}
    {%- for union in unions -%}{%- do lists.append('[' ~ union.groups | join(', ') ~ ']') -%}{%- endfor -%}
    {{ return(lists) }}
{% endmacro %}
