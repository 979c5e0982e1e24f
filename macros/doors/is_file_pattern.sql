{# Whether a door's variable names files rather than a relation (microlift.landing has the same rule). #}
{% macro is_file_pattern(source) %}
    {%- set bare = source[:-3] if source.endswith('.gz') else source -%}
    {{ return('/' in source or '*' in source
        or bare.split('.')[-1] | lower in ('parquet', 'ndjson', 'jsonl', 'json', 'log', 'csv', 'tsv')) }}
{% endmacro %}
