{# Centred products of strata as one: within them, and of their means from the whole's; in a stated order, so that
   the floating sums are the same every time. One stratum keeps its own to the last digit. #}
{% macro pooled_products(products, x, y) -%}
    case when count(*) = 1 then max({{ products }}) else
        {{ ordered_sum(products ~ ' + ' ~ x ~ ' * ' ~ y ~ ' / units', 'allocation_epoch') }}
        - {{ ordered_sum(x, 'allocation_epoch') }} * {{ ordered_sum(y, 'allocation_epoch') }} / sum(units)
    end
{%- endmacro %}
