{#
  A tracker's raw export, a row a record: `json` is the whole record as one JSON object, whether it came as a line, a row of
  a CSV or Parquet file, or a row of a table, so that one mapping serves all. Its variable (`<tracker>_files`) names files,
  globs and relations, or a list of these.

  A file is a load. A relation grows, so it is a load a day: that of the first filled one of `times` (JSON paths), whose
  numbers have the given unit.
#}
{% macro tracker_records(tracker, times, unit=none) %}
    {%- set variable, branches = tracker ~ '_files', [] -%}
    {%- set value = var(variable) -%}
    {%- for source in ([value] if value is string else value) if source | trim -%}
        {%- if microlift.is_file_pattern(source | trim) -%}
            {%- do branches.extend(microlift.tracker_file_records(tracker, source | trim)) -%}
        {%- else -%}
            {%- for relation in microlift.door_relations(variable, source | trim) -%}
                {%- do branches.append(microlift.tracker_table_records(relation, source | trim, times, unit)) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if branches -%}
        {{ branches | join('\nunion all\n') }}
    {%- else -%}
        select cast(null as varchar) as load_id, cast(null as varchar) as json, cast(null as varchar) as raw_payload where false
    {%- endif -%}
{% endmacro %}


{# The readable files of one pattern: a branch for lines, one for CSV, and one for each schema among the Parquet files. #}
{% macro tracker_file_records(tracker, pattern) %}
    {%- set branches = [] -%}
    {%- set lines = microlift.landing_paths(tracker, 'lines', pattern) -%}
    {%- if lines -%}
        {%- do branches.append("select load_id, json, line as raw_payload from ("
            ~ microlift.json_lines(microlift.read_lines(lines)) ~ ")") -%}
    {%- endif -%}
    {%- set readers = [] -%}
    {%- for format in ('csv', 'plain_csv') -%}
        {%- set csv = microlift.landing_paths(tracker, format, pattern) -%}
        {%- if csv -%}{%- do readers.append(microlift.read_csv_files(csv, 'microlift_file', format)) -%}{%- endif -%}
    {%- endfor -%}
    {%- for paths in microlift.parquet_groups(microlift.landing_paths(tracker, 'parquet', pattern)) -%}
        {%- do readers.append("read_parquet(" ~ paths ~ ", hive_partitioning = false, filename = 'microlift_file')") -%}
    {%- endfor -%}
    {%- for reader in readers -%}
        {%- do branches.append("select microlift_file as load_id, json, json as raw_payload from ("
            ~ microlift.rows_as_records(reader, 'microlift_file') ~ ")") -%}
    {%- endfor -%}
    {{ return(branches) }}
{% endmacro %}


{% macro tracker_table_records(relation, name, times, unit) %}
    {%- set texts = [] -%}
    {%- for path in times -%}
        {%- do texts.append("nullif(trim(" ~ microlift.json_text('json', "'" ~ path ~ "'") ~ "), '')") -%}
    {%- endfor -%}
    {%- set day = microlift.epoch_or_utc('coalesce(' ~ texts | join(', ') ~ ')', unit) -%}
    select {{ microlift.string_literal(name) }} || coalesce('/' || cast(cast({{ day }} as date) as varchar), '/undated') as load_id,
        json, json as raw_payload
    from ({{ microlift.rows_as_records(relation) }})
{% endmacro %}


{# Rows as JSON objects. Warehouses that fold names to upper case mean the lower ones. #}
{% macro rows_as_records(relation, file_column=none) %}
    {%- if not execute -%}{{ return('select 1') }}{%- endif -%}
    {%- set fields = {} -%}
    {%- for row in run_query('describe select * from ' ~ relation).rows if row[0] != file_column -%}
        {%- set name = row[0] | lower if row[0] == row[0] | upper else row[0] -%}
        {%- do fields.update({microlift.quoted(name): microlift.quoted(row[0])}) -%}
    {%- endfor -%}
    select {{ file_column ~ ', ' if file_column }}{{ microlift.value_as_json(microlift.struct(fields)) }} as json from {{ relation }}
{% endmacro %}


{% macro quoted(name) %}{{ return('"' ~ name.replace('"', '""') ~ '"') }}{% endmacro %}
