{# Raw text lines, one row a line. The separator is a control character that JSON cannot hold and the probe
   (microlift.landing) sets aside, with the lines that are not UTF-8 or are longer than 32 MiB. #}
{% macro read_lines(paths) -%}
    {%- if paths -%}
        select filename as load_id, line
        from read_csv(
            {{ paths }},
            columns = {'line': 'VARCHAR'}, delim = '\x1f', quote = '', escape = '', header = false,
            auto_detect = false, strict_mode = false, ignore_errors = true, filename = true,
            max_line_size = 33554432, buffer_size = 67108864
        )
        where trim(line, ' ' || chr(9)) != ''
    {%- else -%}
        select cast(null as varchar) as load_id, cast(null as varchar) as line where false
    {%- endif -%}
{%- endmacro %}


{# Lines with the JSON object that each holds; `defect` where it holds none. #}
{% macro json_lines(lines) -%}
    select
        load_id,
        line,
        case when json_valid(line) then case when json_type(line) = 'OBJECT' then line end end as json,
        case when json is null then 'broken_json' end as defect
    from ({{ lines }}) as lines
{%- endmacro %}
