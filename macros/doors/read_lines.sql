{# Raw text lines, one row a line. The separator is a control character that JSON cannot hold; lines with it, lines
   that are not UTF-8 and lines over 32 MiB are set aside by the probe (microlift.landing) and left out here: what
   follows a separator is `rest`, and NULL where there was none. The end of line is named, because a guessed one
   (CR LF, say) eats a character after each lone CR. #}
{% macro read_lines(paths) -%}
    {%- if paths -%}
        select filename as load_id, line
        from read_csv(
            {{ paths }},
            columns = {'line': 'VARCHAR', 'rest': 'VARCHAR'}, delim = e'\x1f', new_line = '\n', quote = '', escape = '',
            null_padding = true, nullstr = e'\x1e\x1d\x1e', header = false, auto_detect = false, strict_mode = false,
            ignore_errors = true, filename = true, max_line_size = 33554432, buffer_size = 67108864
        )
        where rest is null and trim(line, ' ' || chr(9)) != ''
    {%- else -%}
        select cast(null as varchar) as load_id, cast(null as varchar) as line where false
    {%- endif -%}
{%- endmacro %}


{# Lines with the JSON object that each holds; `defect` where it holds none. #}
{% macro json_lines(lines) -%}
    select
        load_id,
        line,
        case when {{ microlift.json_is_object('line') }} then line end as json,
        case when json is null then 'broken_json' end as defect
    from ({{ lines }}) as lines
{%- endmacro %}
