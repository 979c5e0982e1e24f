{# A number of 64 bits from a row or several values. Equal input gives equal output within one warehouse; nothing more. #}
{% macro row_hash(expression) %}{{ return(adapter.dispatch('row_hash', 'microlift')(expression)) }}{% endmacro %}
{% macro default__row_hash(expression) %}hash({{ expression }}){% endmacro %}

{# An id as 32 hexadecimal digits that only who knows the salt can make; the same in every warehouse. #}
{% macro private_hash(text, salt) %}{{ return(adapter.dispatch('private_hash', 'microlift')(text, salt)) }}{% endmacro %}
{% macro default__private_hash(text, salt) %}left(sha256({{ microlift.string_literal(salt ~ ':') }} || {{ text }}), 32){% endmacro %}

{# A fraction in [0, 1) from a text, the same everywhere and always: by it units are drawn. #}
{% macro stable_fraction(text) %}{{ return(adapter.dispatch('stable_fraction', 'microlift')(text)) }}{% endmacro %}
{% macro default__stable_fraction(text) %}(cast('0x' || left({{ microlift.stable_hash(text) }}, 8) as bigint) / 4294967296){% endmacro %}

{# Aggregate: a fingerprint of the rows of a group as a bag, from each row or from a hash that it carries. #}
{% macro bag_hash(expression, hashed=false) %}{{ return(adapter.dispatch('bag_hash', 'microlift')(expression, hashed)) }}{% endmacro %}
{% macro default__bag_hash(expression, hashed) -%}
    {%- set each = expression if hashed else 'hash(' ~ expression ~ ')' -%}
    cast(count(*) as varchar) || ':' || coalesce(cast(sum({{ each }}) as varchar), '')
{%- endmacro %}

{# A text as 32 hexadecimal digits: the same in every warehouse, on every engine and machine. #}
{% macro stable_hash(text) %}{{ return(adapter.dispatch('stable_hash', 'microlift')(text)) }}{% endmacro %}
{% macro default__stable_hash(text) %}md5({{ text }}){% endmacro %}
