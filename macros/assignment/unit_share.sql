{#
  The place of a unit in [0, 1) under a salt, both SQL expressions: the first 52 bits of the MD5 of salt, line feed and
  unit in UTF-8, over 2⁵²; a double holds it exactly. Spaces around the unit do not
  count; where it is NULL or nothing else, so is the result.
  `microlift.assignment.unit_share` is the same in Python.
#}
{% macro unit_share(unit, salt) %}{{ return(adapter.dispatch('unit_share', 'microlift')(unit, salt)) }}{% endmacro %}
{% macro default__unit_share(unit, salt) -%}
    (cast('0x' || left(md5({{ salt }} || chr(10) || nullif(trim(cast({{ unit }} as varchar), ' '), '')), 13) as bigint) / 4503599627370496)
{%- endmacro %}
