{# A share as a percentage of two decimals, and a number of as many as given. #}
{% macro percent(share) %}{{ return(adapter.dispatch('percent', 'microlift')(share)) }}{% endmacro %}
{% macro default__percent(share) %}{{ return("printf('%.2f%%', 100 * " ~ share ~ ")") }}{% endmacro %}

{% macro rounded(number, decimals) %}{{ return(adapter.dispatch('rounded', 'microlift')(number, decimals)) }}{% endmacro %}
{% macro default__rounded(number, decimals) %}{{ return("printf('%." ~ decimals ~ "f', " ~ number ~ ")") }}{% endmacro %}
