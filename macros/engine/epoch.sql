{#
  A tracker's time in UTC: a number since 1970 in the given unit (`s`, `ms`, `us`; `s_or_ms` tells them by their size) or a
  text that to_utc reads; without a unit, numbers are no times. What is no time, or outside the years 1 to 9999, is NULL.
#}
{% macro epoch_or_utc(text, unit=none) %}{{ return(adapter.dispatch('epoch_or_utc', 'microlift')(text, unit)) }}{% endmacro %}

{% macro default__epoch_or_utc(text, unit) -%}
    {%- set number = 'try_cast(' ~ text ~ ' as double)' -%}
    {%- set factor = {
        's': '1e6', 'ms': '1e3', 'us': '1', 's_or_ms': '(case when abs(' ~ number ~ ') < 1e11 then 1e6 else 1e3 end)'
    }[unit] if unit -%}
    case
        {% if unit -%}
        when {{ number }} is not null then
            case when {{ number }} * {{ factor }} between -62135596800000000 and 253402300799000000
                then make_timestamp(cast({{ number }} * {{ factor }} as bigint)) end
        {%- endif %}
        when {{ microlift.to_utc(text) }} between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59'
            then {{ microlift.to_utc(text) }}
    end
{%- endmacro %}

{# A moment that a clock of this zone shows, in UTC. #}
{% macro zone_to_utc(timestamp, zone) %}{{ return(adapter.dispatch('zone_to_utc', 'microlift')(timestamp, zone)) }}{% endmacro %}
{% macro default__zone_to_utc(timestamp, zone) -%}
    cast(({{ timestamp }} at time zone {{ microlift.string_literal(zone) }}) at time zone 'UTC' as timestamp)
{%- endmacro %}
