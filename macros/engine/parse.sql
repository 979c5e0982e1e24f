{# The groups of a regular expression in a text, as a struct of these names; blank texts where it does not match. #}
{% macro regex_groups(text, pattern, names) %}{{ return(adapter.dispatch('regex_groups', 'microlift')(text, pattern, names)) }}{% endmacro %}
{% macro default__regex_groups(text, pattern, names) %}regexp_extract({{ text }}, {{ microlift.string_literal(pattern) }}, {{ names }}){% endmacro %}

{# A time of the given format (strptime's letters, an offset among them) in UTC; NULL where the text has another. #}
{% macro parse_time(text, format) %}{{ return(adapter.dispatch('parse_time', 'microlift')(text, format)) }}{% endmacro %}
{% macro default__parse_time(text, format) %}cast(try_strptime({{ text }}, '{{ format }}') at time zone 'UTC' as timestamp){% endmacro %}
