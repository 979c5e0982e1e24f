{# Whether a whole text matches a regular expression. #}
{% macro full_match(text, pattern) %}{{ return(adapter.dispatch('full_match', 'microlift')(text, pattern)) }}{% endmacro %}
{% macro default__full_match(text, pattern) %}{{ return("regexp_full_match(" ~ text ~ ", '" ~ pattern ~ "')") }}{% endmacro %}

{# A text that says something; a blank one says as little as NULL does. #}
{% macro filled(text) %}{{ return(adapter.dispatch('filled', 'microlift')(text)) }}{% endmacro %}
{% macro default__filled(text) %}{{ return("case when trim(" ~ text ~ ") != '' then " ~ text ~ " end") }}{% endmacro %}

{# The members of a text such as 'a|b|c', as an array. #}
{% macro split_text(text, separator) %}{{ return(adapter.dispatch('split_text', 'microlift')(text, separator)) }}{% endmacro %}
{% macro default__split_text(text, separator) %}{{ return("string_split(" ~ text ~ ", '" ~ separator ~ "')") }}{% endmacro %}

{# Length of a text in bytes. #}
{% macro byte_length(text) %}{{ return(adapter.dispatch('byte_length', 'microlift')(text)) }}{% endmacro %}
{% macro default__byte_length(text) %}strlen({{ text }}){% endmacro %}

{# A fingerprint of several values that tells NULL from blank. #}
{% macro fingerprint(expressions) %}{{ return(adapter.dispatch('fingerprint', 'microlift')(expressions)) }}{% endmacro %}
{% macro default__fingerprint(expressions) %}md5(cast(to_json([{% for e in expressions %}cast({{ e }} as varchar){{ ", " if not loop.last }}{% endfor %}]) as varchar)){% endmacro %}

{# The last part of a path or of a table's name that is one of these words; blank where none is. #}
{% macro last_word_among(text, words) %}{{ return(adapter.dispatch('last_word_among', 'microlift')(text, words)) }}{% endmacro %}
{% macro default__last_word_among(text, words) %}{{ return("regexp_extract(lower(" ~ text ~ "), '^(?:.*[./])?(" ~ words | join('|') ~ ")(?:[./].*)?$', 1)") }}{% endmacro %}

{# A number as the shortest text that a definition would have of it: 3 and 2.5, not 3.0. #}
{% macro number_text(number) %}{{ return(adapter.dispatch('number_text', 'microlift')(number)) }}{% endmacro %}
{% macro default__number_text(number) -%}
    case when {{ number }} = trunc({{ number }}) and abs({{ number }}) < 1e15
        then cast(cast({{ number }} as bigint) as varchar) else cast(cast({{ number }} as double) as varchar) end
{%- endmacro %}
