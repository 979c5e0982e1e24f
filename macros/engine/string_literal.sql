{# A text as an SQL literal. Only for names of files and models; no definition is ever put into SQL text. #}
{% macro string_literal(text) %}{{ return("'" ~ (text | string).replace("'", "''") ~ "'") }}{% endmacro %}
