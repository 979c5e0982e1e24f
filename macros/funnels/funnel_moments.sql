{#
  An element of a funnel's timeline, packed into one number of 127 bits, since sorted lists of numbers are built several
  times as fast as sorted lists of structs:

      time (55 bits) | order within the moment (24) | keep (12) | break (12) | optional steps (12) | required steps (12)

  The time is in microseconds since 1900. The four masks say what the event does (int_funnel_rules), a bit for each slot:
  required steps have the first slots, in their order, optional ones the slots after them.
#}
{% macro funnel_slots_limit() %}{{ return(12) }}{% endmacro %}

{% macro funnel_moment(event_time, tie_order, effect) %}{{ return(adapter.dispatch('funnel_moment', 'microlift')(event_time, tie_order, effect)) }}{% endmacro %}
{% macro default__funnel_moment(event_time, tie_order, effect) -%}
    ((cast({{ microlift.funnel_clock(event_time) }} as hugeint) << 72) | (cast({{ tie_order }} as hugeint) << 48) | {{ effect }})
{%- endmacro %}

{% macro funnel_clock(timestamp) %}{{ return(adapter.dispatch('funnel_clock', 'microlift')(timestamp)) }}{% endmacro %}
{% macro default__funnel_clock(timestamp) %}(epoch_us({{ timestamp }}) + 2208988800000000){% endmacro %}

{% macro funnel_time(clock) %}{{ return(adapter.dispatch('funnel_time', 'microlift')(clock)) }}{% endmacro %}
{% macro default__funnel_time(clock) %}make_timestamp({{ clock }} - 2208988800000000){% endmacro %}

{# The moments that are ordered after a given one. #}
{% macro funnel_moments_after(timeline, event_time, tie_order) %}{{ return(adapter.dispatch('funnel_moments_after', 'microlift')(timeline, event_time, tie_order)) }}{% endmacro %}
{% macro default__funnel_moments_after(timeline, event_time, tie_order) -%}
    list_filter({{ timeline }}, lambda x: x > {{ microlift.funnel_moment(event_time, tie_order, 281474976710655) }})
{%- endmacro %}

{# One bit, as a number; `position` counts from 0. #}
{% macro bit(position) %}cast(power(2, {{ position }}) as bigint){% endmacro %}

{# How many slots the folds have to carry: as many as the longest funnel has steps. #}
{% macro funnel_slots() %}
    {%- set limit = microlift.funnel_slots_limit() -%}
    {%- if not (execute and load_relation(ref('int_funnel_steps'))) -%}{{ return(limit) }}{%- endif -%}
    {%- set longest = run_query("select max(slot) from " ~ ref('int_funnel_steps')).rows[0][0] -%}
    {{ return([longest or limit, limit] | min) }}
{% endmacro %}

{# A step as one text, where it stands in the place of a metric. #}
{% macro funnel_step_key(funnel_id, step_number) %}({{ funnel_id }} || ': step ' || {{ step_number }}){% endmacro %}
