{# A time in UTC. A plain cast of '10:00+02:00' to TIMESTAMP drops the offset silently, so text goes through
   the zoned type (the session's zone is UTC, which is what a text without offset means). #}
{% macro to_utc(expression, type='VARCHAR') %}{{ return(adapter.dispatch('to_utc', 'microlift')(expression, type)) }}{% endmacro %}
{% macro default__to_utc(expression, type) -%}
    {%- if type in ('TIMESTAMP', 'DATE') or type.startswith('TIMESTAMP_') -%}
        cast({{ expression }} as timestamp)
    {%- else -%}
        cast(try_cast({{ expression }} as timestamptz) at time zone 'UTC' as timestamp)
    {%- endif -%}
{%- endmacro %}

{# A timestamp moved by a number of seconds (a column or a literal). #}
{% macro add_seconds(timestamp, seconds) %}{{ return(adapter.dispatch('add_seconds', 'microlift')(timestamp, seconds)) }}{% endmacro %}
{% macro default__add_seconds(timestamp, seconds) %}({{ timestamp }} + to_seconds({{ seconds }})){% endmacro %}

{# Seconds from one timestamp to another, with their fraction. #}
{% macro seconds_between(earlier, later) %}{{ return(adapter.dispatch('seconds_between', 'microlift')(earlier, later)) }}{% endmacro %}
{% macro default__seconds_between(earlier, later) %}((epoch_us({{ later }}) - epoch_us({{ earlier }})) / 1e6){% endmacro %}

{# The end of the hour or day (`daily`, `hourly`) that a time falls in: the first look that can know of it. #}
{% macro look_after(timestamp, interval) %}{{ return(adapter.dispatch('look_after', 'microlift')(timestamp, interval)) }}{% endmacro %}
{% macro default__look_after(timestamp, interval) -%}
    (case when {{ interval }} = 'hourly'
        then date_trunc('hour', {{ timestamp }} - interval 1 microsecond) + interval 1 hour
        else date_trunc('day', {{ timestamp }} - interval 1 microsecond) + interval 1 day
    end)
{%- endmacro %}

{# Every look from one time to another, as an array. #}
{% macro looks_between(first, last, interval) %}{{ return(adapter.dispatch('looks_between', 'microlift')(first, last, interval)) }}{% endmacro %}
{% macro default__looks_between(first, last, interval) -%}
    generate_series({{ first }}, {{ last }}, case when {{ interval }} = 'hourly' then interval 1 hour else interval 1 day end)
{%- endmacro %}

{# The days after a day, as many as given, as an array. #}
{% macro days_after(day, count) %}{{ return(adapter.dispatch('days_after', 'microlift')(day, count)) }}{% endmacro %}
{% macro default__days_after(day, count) -%}
    list_transform(range(1, cast({{ count }} as bigint) + 1), lambda i: cast({{ day }} as date) + cast(i as integer))
{%- endmacro %}
