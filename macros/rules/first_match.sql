{# The `result` of the first rule of a sorted list whose condition holds; `actual` is written over `rule`. #}
{% macro first_match(rules, actual, result) %}{{ return(adapter.dispatch('first_match', 'microlift')(rules, actual, result)) }}{% endmacro %}
{% macro default__first_match(rules, actual, result) -%}
    list_filter({{ rules }}, lambda rule: {{ matches(actual, 'rule.operator', 'rule.value') }})[1].{{ result }}
{%- endmacro %}
