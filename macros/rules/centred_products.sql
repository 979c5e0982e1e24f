{#
  Sum of products of deviations from the means, from exact sums around fixed centres near them. The sums are decimals
  (bit-identical in any order); only the last, small correction is floating, so a large mean loses no digits.
#}
{% macro centred_products(x, centre_x, y, centre_y) -%}
    cast(sum(({{ x }} - {{ centre_x }}) * ({{ y }} - {{ centre_y }})) as double)
    - cast(sum({{ x }} - {{ centre_x }}) as double) * cast(sum({{ y }} - {{ centre_y }}) as double) / count({{ x }})
{%- endmacro %}
