{# The path of a web address; NULL where the text is none. #}
{% macro url_path(url) %}{{ return(adapter.dispatch('url_path', 'microlift')(url)) }}{% endmacro %}
{% macro default__url_path(url) %}{{ return("nullif(regexp_extract(" ~ url ~ ", '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*([^?#]*)', 1), '')") }}{% endmacro %}
