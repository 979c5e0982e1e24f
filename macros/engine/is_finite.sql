{# Whether a number is neither infinite nor NaN; NULL counts as finite. #}
{% macro is_finite(number) %}{{ return(adapter.dispatch('is_finite', 'microlift')(number)) }}{% endmacro %}
{% macro default__is_finite(number) %}isfinite(coalesce({{ number }}, 0)){% endmacro %}
