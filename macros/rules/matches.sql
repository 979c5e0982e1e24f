{#
  Whether a value (text) satisfies a condition of a definition row: the one vocabulary of exposure rules, metrics,
  funnel steps, segments and exclusions. A row without operator holds always. Numbers compare as numbers, and a
  value that is none matches no comparison.
#}
{% macro matches(actual, operator, operand) -%}
    coalesce(case {{ operator }}
        when 'equals' then {{ actual }} = {{ operand }}
        when 'not_equals' then {{ actual }} is distinct from {{ operand }}
        when 'contains' then contains(lower({{ actual }}), lower({{ operand }}))
        when 'starts_with' then starts_with(lower({{ actual }}), lower({{ operand }}))
        when 'in' then {{ array_contains(split_text(operand, '|'), actual) }}
        when 'at_least' then try_cast({{ actual }} as double) >= try_cast({{ operand }} as double)
        when 'at_most' then try_cast({{ actual }} as double) <= try_cast({{ operand }} as double)
        when 'above' then try_cast({{ actual }} as double) > try_cast({{ operand }} as double)
        when 'below' then try_cast({{ actual }} as double) < try_cast({{ operand }} as double)
        when 'is_known' then trim({{ actual }}) != ''
        else {{ operator }} is null
    end, false)
{%- endmacro %}
