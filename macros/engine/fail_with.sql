{# An expression that stops the query with a message. #}
{% macro fail_with(message) %}{{ return(adapter.dispatch('fail_with', 'microlift')(message)) }}{% endmacro %}

{% macro default__fail_with(message) %}error({{ message }}){% endmacro %}
