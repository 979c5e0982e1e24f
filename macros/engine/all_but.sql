{# Every column but these. #}
{% macro all_but(columns, alias=none) %}{{ return(adapter.dispatch('all_but', 'microlift')(columns, alias)) }}{% endmacro %}
{% macro default__all_but(columns, alias) %}{{ alias ~ '.' if alias }}* exclude ({{ columns | join(', ') }}){% endmacro %}
