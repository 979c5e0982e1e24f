{#
  The variant of a unit, for those who assign in the warehouse: a pure function of unit and salt, without any table of
  assignments. `microlift.assignment.assign_variant` gives the same answer in Python.

      {{ microlift.assign_variant('user_id', 'checkout_copy', {'control': 1, 'short': 1}, holdback=0.05) }}

  `unit` is an SQL expression, `salt` a text (one an experiment), `variants` a list (equal weights) or a mapping of name →
  weight. The salted hash of the unit is a number in [0, 1). Below `holdback` it gives 'holdback'; for the others a second
  hash picks the variant by cumulative weights, in the order given. NULL or blank units are assigned to nothing (NULL).

  When weights change, a unit moves only if a cumulative bound passes over it: of two variants, none moves away from the
  one that grows. The holdback has a hash of its own, so that changing it moves nobody between variants, and a larger one
  holds back whom the smaller one did.
#}
{% macro assign_variant(unit, salt, variants, holdback=0) %}
    {%- set weights = variants if variants is mapping else dict.fromkeys(variants, 1) -%}
    {%- if not weights or weights.values() | select('lt', 0) | list or weights.values() | sum <= 0 -%}
        {{ exceptions.raise_compiler_error("assign_variant: give variants weights of at least 0, one of them above 0; got " ~ variants) }}
    {%- endif -%}
    {%- if not 0 <= holdback <= 1 -%}
        {{ exceptions.raise_compiler_error("assign_variant: holdback must lie in [0, 1]; got " ~ holdback) }}
    {%- endif -%}
    {%- set total, bounds = weights.values() | sum, namespace(reached=0, last=none) -%}
    {%- for name, weight in weights.items() if weight > 0 -%}{%- set bounds.last = name -%}{%- endfor -%}
    case
        when {{ microlift.unit_share(unit, "''") }} is null then null
        {%- if holdback > 0 %}
        when {{ microlift.unit_share(unit, microlift.string_literal(salt ~ ': holdback')) }} < cast('{{ holdback }}' as double) then 'holdback'
        {%- endif %}
        {%- for name, weight in weights.items() if weight > 0 and name != bounds.last %}
        {%- set bounds.reached = bounds.reached + weight %}
        when {{ microlift.unit_share(unit, microlift.string_literal(salt)) }} < cast('{{ bounds.reached / total }}' as double) then {{ microlift.string_literal(name) }}
        {%- endfor %}
        else {{ microlift.string_literal(bounds.last) }}
    end
{%- endmacro %}
