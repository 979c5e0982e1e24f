{# The sufficient statistics of a group of `int_analysed_units`: what means, ratios and CUPED are computed from. #}
{% macro stratum_statistics(units, value='value') -%}
    {%- set y, z = units ~ '.' ~ value, units ~ '.covariate' -%}
    {%- set centre_y, centre_z = units ~ '.centre', units ~ '.covariate_centre' -%}
    {{ microlift.plain_statistics(y, centre_y, units ~ '.denominator', units ~ '.denominator_centre') }},
    cast(sum({{ z }}) as double) as covariate_sum,
    greatest({{ microlift.centred_products(z, centre_z, z, centre_z) }}, 0) as covariate_centred_sum_squares,
    {{ microlift.centred_products(y, centre_y, z, centre_z) }} as covariate_cross_products
{%- endmacro %}


{# Those without a covariate: of values y and denominators x, around fixed centres near their means. #}
{% macro plain_statistics(y, centre_y, x, centre_x) -%}
    count(*) as units,
    cast(sum({{ y }}) as double) as value_sum,
    greatest({{ microlift.centred_products(y, centre_y, y, centre_y) }}, 0) as centred_sum_squares,
    cast(sum({{ x }}) as double) as denominator_sum,
    greatest({{ microlift.centred_products(x, centre_x, x, centre_x) }}, 0) as denominator_centred_sum_squares,
    {{ microlift.centred_products(y, centre_y, x, centre_x) }} as centred_cross_products
{%- endmacro %}


{# Rounding may carry products past what the squares allow (Cauchy–Schwarz), by the last bit. #}
{% macro bounded_products(products, squares, other_squares) -%}
    case when {{ products }} is not null then least(
        greatest({{ products }}, -sqrt({{ squares }} * {{ other_squares }})), sqrt({{ squares }} * {{ other_squares }})
    ) end
{%- endmacro %}


{# The statistics of a stratum as the Python models read them. #}
{% macro stratum_columns(strata, kind) -%}
    {{ strata }}.units,
    case when {{ kind }} = 'conversion' then cast({{ strata }}.value_sum as bigint) end as successes,
    {{ strata }}.value_sum,
    {{ strata }}.centred_sum_squares,
    {{ strata }}.denominator_sum,
    {{ strata }}.denominator_centred_sum_squares,
    {{ microlift.bounded_products(strata ~ '.centred_cross_products', strata ~ '.centred_sum_squares',
        strata ~ '.denominator_centred_sum_squares') }} as centred_cross_products,
    {{ strata }}.covariate_sum,
    {{ strata }}.covariate_centred_sum_squares,
    {{ microlift.bounded_products(strata ~ '.covariate_cross_products', strata ~ '.centred_sum_squares',
        strata ~ '.covariate_centred_sum_squares') }} as covariate_cross_products
{%- endmacro %}
