{# The first rule of a sorted list whose condition holds; `actual` is written over `rule`. #}
{% macro first_match(rules, actual) %}{{ return(adapter.dispatch('first_match', 'microlift')(rules, actual)) }}{% endmacro %}
{% macro default__first_match(rules, actual) -%}
    list_filter({{ rules }}, lambda rule: {{ matches(actual, 'rule.operator', 'rule.value') }})[1]
{%- endmacro %}

{# Those of a list of rules that speak of an event, or of every one. #}
{% macro rules_of_event(rules, event_name) %}{{ return(adapter.dispatch('rules_of_event', 'microlift')(rules, event_name)) }}{% endmacro %}
{% macro default__rules_of_event(rules, event_name) -%}
    list_filter({{ rules }}, lambda rule: coalesce(rule.event_name = {{ event_name }}, rule.event_name is null))
{%- endmacro %}
