{#
  Whether a rule of a definition model can hold for an event at all, told from the bare text of its properties: reading them
  as JSON for each rule costs many times as much. Rules that hold where their property is absent rule nothing out, and a key
  written with escapes may be any.
#}
{% macro may_match(rules, properties) %}
    {%- if microlift.is_unit_test() or not (execute and load_relation(rules)) -%}{{ return('true') }}{%- endif -%}
    {%- set tests = ["contains(" ~ properties ~ ", '\\')"] -%}
    {%- for property, holds_anyway in run_query(
        "select property, bool_or(coalesce(operator = 'not_equals', true)) from " ~ rules ~ " group by property").rows -%}
        {%- if property is none or holds_anyway -%}{{ return('true') }}{%- endif -%}
        {%- do tests.append("contains(" ~ properties ~ ", " ~ microlift.string_literal('"' ~ property ~ '"') ~ ")") -%}
    {%- endfor -%}
    {{ return('(' ~ tests | join(' or ') ~ ')') }}
{% endmacro %}
