{# What every result table says of a test's family and its corrected significance, from `calc_corrections`. #}
{% macro correction_columns(alias) -%}
    {%- set columns = [] -%}
    {%- for name in ('family', 'is_confirmatory', 'correction', 'tests_in_family', 'p_bonferroni', 'p_holm', 'p_hochberg',
        'p_hierarchical', 'p_benjamini_hochberg', 'p_benjamini_yekutieli', 'p_adjusted', 'alpha', 'is_significant') -%}
        {%- do columns.append(alias ~ '.' ~ name) -%}
    {%- endfor -%}
    {{ columns | join(',\n    ') }}
{%- endmacro %}
