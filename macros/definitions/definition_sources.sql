{# Stops the run where a definition table cannot be read at all, naming everything that is wrong with all of them. #}
{% macro check_definition_sources() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set spec, given, problems = microlift.definition_spec(), var('definitions'), [] -%}
    {%- for name in given if name not in spec -%}
        {%- do problems.append("`" ~ name ~ "` is no definition table; known are " ~ spec.keys() | join(', ')) -%}
    {%- endfor -%}
    {%- for name in spec if name in given -%}
        {%- set relation = microlift.named_relation(given[name]) -%}
        {%- if load_relation(relation) is none -%}
            {%- do problems.append("`" ~ name ~ "`: there is no table " ~ relation ~ "; create it, or correct the name") -%}
        {%- else -%}
            {%- set found = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list -%}
            {%- for column, rule in spec[name].items()
                if column not in found and (rule.required or (rule.key and not rule.optional)) -%}
                {%- do problems.append("`" ~ name ~ "`: " ~ relation ~ " has no column `" ~ column ~ "`; add it (columns found: "
                    ~ found | join(', ') ~ ")") -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error("The variable `definitions` (docs/definitions.md):\n- " ~ problems | join('\n- ')) }}
    {%- endif -%}
{% endmacro %}
