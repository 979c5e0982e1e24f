{# The groups of a regular expression in a text, as a struct of these names; blank texts where it does not match. #}
{% macro regex_groups(text, pattern, names) %}{{ return(adapter.dispatch('regex_groups', 'microlift')(text, pattern, names)) }}{% endmacro %}
{% macro default__regex_groups(text, pattern, names) %}regexp_extract({{ text }}, {{ microlift.string_literal(pattern) }}, {{ names }}){% endmacro %}

{# A time of the given format (strptime's letters, an offset among them) in UTC; NULL where the text has another. #}
{% macro parse_time(text, format) %}{{ return(adapter.dispatch('parse_time', 'microlift')(text, format)) }}{% endmacro %}
{% macro default__parse_time(text, format) %}cast(try_strptime({{ text }}, '{{ format }}') at time zone 'UTC' as timestamp){% endmacro %}

{# A number of seconds, milliseconds (`ms`) or microseconds (`us`) since 1970, as text, in UTC; NULL where it is none or no
   calendar has it. #}
{% macro epoch_to_utc(text, unit) %}{{ return(adapter.dispatch('epoch_to_utc', 'microlift')(text, unit)) }}{% endmacro %}
{% macro default__epoch_to_utc(text, unit) -%}
    {%- set microseconds = "try_cast(" ~ text ~ " as decimal(38, 6)) * " ~ {'s': 1000000, 'ms': 1000, 'us': 1}[unit] -%}
    {{ return("case when " ~ microseconds ~ " between 0 and 253402300799000000 then make_timestamp(cast(trunc(" ~ microseconds ~ ") as bigint)) end") }}
{%- endmacro %}

{# A text or flag as a number: true is 1, false 0. NULL where it is neither. #}
{% macro number_or_flag(value) %}{{ return(adapter.dispatch('number_or_flag', 'microlift')(value)) }}{% endmacro %}
{% macro default__number_or_flag(value) -%}
    {{ return("coalesce(try_cast(" ~ value ~ " as double), case lower(cast(" ~ value ~ " as varchar)) when 'true' then 1 when 'false' then 0 end)") }}
{%- endmacro %}

{# A text or number as a whole number; NULL where it is none: a fraction is not rounded. #}
{% macro whole_number(value) %}{{ return(adapter.dispatch('whole_number', 'microlift')(value)) }}{% endmacro %}
{% macro default__whole_number(value) -%}
    {{ return("case when try_cast(" ~ value ~ " as double) = trunc(try_cast(" ~ value ~ " as double)) then try_cast(" ~ value ~ " as bigint) end") }}
{%- endmacro %}
