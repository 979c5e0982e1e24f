{# Table files of one format as a relation; `file` names the column that holds their paths. #}
{% macro read_csv_files(paths, file) %}
    {{- return("read_csv(" ~ paths ~ ", header = true, all_varchar = true, union_by_name = true, ignore_errors = true, filename = '"
        ~ file ~ "')") -}}
{% endmacro %}

{% macro read_parquet_files(paths, file) %}
    {{- return("read_parquet(" ~ paths ~ ", union_by_name = true, filename = '" ~ file ~ "')") -}}
{% endmacro %}
