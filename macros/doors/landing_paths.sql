{# The readable files of an input in one format, as an SQL list of paths; blank where there are none. A name may
   hold what the engine takes for a wildcard: `report [1].csv` is one file, and not `report 1.csv`. #}
{% macro landing_paths(input, format, pattern=none) %}
    {%- set landing = ref('landing_files') -%}
    {%- if not execute or load_relation(landing) is none -%}{{ return('') }}{%- endif -%}
    {%- set query -%}
        select path from {{ landing }}
        where status = 'readable' and input = '{{ input }}' and format = '{{ format }}'
            {% if pattern %}and pattern = {{ microlift.string_literal(pattern) }}{% endif %}
        order by path
    {%- endset -%}
    {%- set paths = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- set escaped = row[0].replace('[', '[[]').replace('*', '[*]').replace('?', '[?]') -%}
        {%- do paths.append(microlift.string_literal(escaped)) -%}
    {%- endfor -%}
    {{ return('[' ~ paths | join(', ') ~ ']' if paths else '') }}
{% endmacro %}


{# The same for all readable files of events, as SQL literals of their names; blank where there are none. #}
{% macro landing_literals() %}
    {%- set landing = ref('landing_files') -%}
    {%- if not execute or load_relation(landing) is none -%}{{ return('') }}{%- endif -%}
    {%- set paths = [] -%}
    {%- for row in run_query("select path from " ~ landing ~ " where status = 'readable'").rows -%}
        {%- do paths.append(microlift.string_literal(row[0])) -%}
    {%- endfor -%}
    {{ return(paths | join(', ')) }}
{% endmacro %}
