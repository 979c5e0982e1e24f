{# Aggregate: exact quantiles, interpolated between the two values next to each, as an array. #}
{% macro quantiles(expression, shares) %}{{ return(adapter.dispatch('quantiles', 'microlift')(expression, shares)) }}{% endmacro %}
{% macro default__quantiles(expression, shares) %}quantile_cont({{ expression }}, [{{ shares | join(', ') }}]){% endmacro %}
