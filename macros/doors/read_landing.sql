{# The readable files of one pattern, as one relation for each format among them. JSON lines go through the
   reader that no malformed line can stop; their keys are the door's own columns. A tracker's files are probed under
   its name (`snowplow` for the variable `snowplow_files`). #}
{% macro read_landing(variable, pattern) %}
    {%- set input = variable.removesuffix('_files') -%}
    {%- set relations = [] -%}
    {%- for format in ('lines', 'enriched', 'csv', 'plain_csv', 'parquet') -%}
        {%- set paths = microlift.landing_paths(input, format, pattern) -%}
        {%- if paths and format == 'lines' -%}
            {%- set keys = [] -%}
            {%- for column in model.columns.values() if column.name not in ('load_id', 'defect', 'raw_payload') -%}
                {%- set prefix = column.config.get('meta', {}).get('starts_with') -%}
                {%- do keys.append(
                    microlift.json_text_of_prefix('json', prefix) ~ ' as ' ~ prefix if prefix
                    else microlift.json_text('json', "'" ~ column.name ~ "'") ~ ' as ' ~ column.name) -%}
            {%- endfor -%}
            {%- do relations.append("(select " ~ keys | join(', ') ~ ", load_id, defect, line as raw_payload from ("
                ~ microlift.json_lines(microlift.read_lines(paths)) ~ "))") -%}
        {%- elif paths and format == 'enriched' -%}
            {%- do relations.append(microlift.snowplow_enriched(paths)) -%}
        {%- elif paths and format == 'parquet' -%}
            {%- for union in microlift.parquet_unions(paths) -%}
                {%- do relations.append(microlift.read_parquet_files(union, 'load_id')) -%}
            {%- endfor -%}
        {%- elif paths -%}
            {%- do relations.append(microlift.read_csv_files(paths, 'load_id', format)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(relations) }}
{% endmacro %}
