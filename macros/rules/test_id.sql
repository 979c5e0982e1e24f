{# The key of a test: the same wherever its p-value is read or written back. #}
{% macro test_id(columns) %}{{ columns | join(" || '/' || ") }}{% endmacro %}
