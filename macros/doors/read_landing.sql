{# The readable files of one pattern, as one relation for each format among them. JSON lines go through the
   reader that no malformed line can stop; their keys are the door's own columns. #}
{% macro read_landing(input, pattern) %}
    {%- set relations = [] -%}
    {%- for format in ('lines', 'csv', 'parquet') -%}
        {%- set paths = microlift.landing_paths(input, format, pattern) -%}
        {%- if paths and format == 'lines' -%}
            {%- set keys = [] -%}
            {%- for column in model.columns if column not in ('load_id', 'defect', 'raw_payload') -%}
                {%- do keys.append(microlift.json_text('json', "'" ~ column ~ "'") ~ ' as ' ~ column) -%}
            {%- endfor -%}
            {%- do relations.append("(select " ~ keys | join(', ') ~ ", load_id, defect, line as raw_payload from ("
                ~ microlift.json_lines(microlift.read_lines(paths)) ~ "))") -%}
        {%- elif paths and format == 'csv' -%}
            {%- do relations.append("read_csv(" ~ paths ~ ", header = true, all_varchar = true, union_by_name = true, "
                ~ "ignore_errors = true, filename = 'load_id')") -%}
        {%- elif paths -%}
            {%- do relations.append("read_parquet(" ~ paths ~ ", union_by_name = true, filename = 'load_id')") -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(relations) }}
{% endmacro %}
