{#
  Every row of the files or relations that a variable names, as one JSON object whatever the format: `load_id`, `json`
  (NULL where the row is none), `defect`, `raw_payload`, and `by_day`: a relation is loaded by the day, as it may grow.
#}
{% macro json_rows(variable) %}
    {%- set value, branches = var(variable), [] -%}
    {%- for source in ([value] if value is string else value) if source | trim -%}
        {%- if microlift.is_file_pattern(source | trim) -%}
            {%- do branches.extend(microlift.json_rows_of_files(variable.removesuffix('_files'), source | trim)) -%}
        {%- else -%}
            {%- for relation in microlift.door_relations(variable, source | trim) -%}
                {%- do branches.append("select " ~ microlift.string_literal(source | trim) ~ " as load_id, " ~ microlift.row_as_json('src')
                    ~ " as json, cast(null as varchar) as defect, " ~ microlift.row_as_json('src') ~ " as raw_payload, true as by_day from "
                    ~ relation ~ " as src") -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(branches | join('\nunion all\n') if branches else "select cast(null as varchar) as load_id, cast(null as varchar) as json, "
        ~ "cast(null as varchar) as defect, cast(null as varchar) as raw_payload, false as by_day where false") }}
{% endmacro %}


{% macro json_rows_of_files(input, pattern) %}
    {%- set branches, file = [], '_microlift_file' -%}
    {%- for format in ('lines', 'csv', 'parquet') -%}
        {%- set paths = microlift.landing_paths(input, format, pattern) -%}
        {%- if paths and format == 'lines' -%}
            {%- do branches.append("select load_id, json, defect, line as raw_payload, false as by_day from ("
                ~ microlift.json_lines(microlift.read_lines(paths)) ~ ")") -%}
        {%- elif paths -%}
            {%- set relation = microlift.read_csv_files(paths, file) if format == 'csv' else microlift.read_parquet_files(paths, file) -%}
            {%- set row = microlift.json_merge(microlift.row_as_json('src'), microlift.string_literal('{"' ~ file ~ '": null}')) -%}
            {%- do branches.append("select " ~ file ~ " as load_id, " ~ row ~ " as json, cast(null as varchar) as defect, " ~ row
                ~ " as raw_payload, false as by_day from " ~ relation ~ " as src") -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(branches) }}
{% endmacro %}
