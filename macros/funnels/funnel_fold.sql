{#
  The deepest attempt in a funnel's timeline: how many required steps it reached, and when it started.

  The state keeps, for each required step, the start of the latest attempt that has come as far as this step. A new first
  step opens a new attempt without ending the older ones, so a window starts at the first step of the attempt that is
  counted. All slots advance from the state before the event, hence no event follows itself. What an exclusion breaks is
  gone: another try needs a new first step. `best` gives way only to a deeper attempt, hence ties go to the earliest
  completion, and of those to the latest start. The result is depth × 2⁵⁵ + start; 0 is none.

  In any order the state keeps the last time of each step; an attempt is as deep as the longest run of steps from the
  first that lie in one window.
#}
{% macro funnel_fold(timeline, step_order, required_steps, window_seconds) %}{{ return(adapter.dispatch('funnel_fold', 'microlift')(timeline, step_order, required_steps, window_seconds)) }}{% endmacro %}

{% macro default__funnel_fold(timeline, step_order, required_steps, window_seconds) -%}
    {%- set asked = microlift.funnel_traits() -%}
    case
        {% if asked.any_order -%}
        when {{ step_order }} = 'any' then {{ microlift.funnel_reduce(timeline, microlift.funnel_any_order(required_steps, window_seconds)) }}
        {%- endif %}
        {% if asked.in_order -%}
        when {{ step_order }} != 'any' then {{ microlift.funnel_reduce(timeline, microlift.funnel_in_order(step_order ~ ' like \'strict%\'', window_seconds)) }}
        {%- endif %}
    end
{%- endmacro %}


{% macro funnel_reduce(timeline, next_state) -%}
    {%- set nothing -%}
        best := 0::bigint{% for slot in range(1, microlift.funnel_slots() + 1) %}, slot{{ slot }} := {{ microlift.no_attempt() }}{% endfor %}
    {%- endset -%}
    list_reduce(
        list_transform({{ timeline }}, lambda e: struct_pack(t := cast(e >> 72 as bigint), does := cast(e & 281474976710655 as bigint), {{ nothing }})),
        lambda state, x: struct_pack(t := x.t, does := x.does, {{ next_state }}),
        struct_pack(t := 0::bigint, does := 0::bigint, {{ nothing }})
    ).best
{%- endmacro %}


{# The slot as an event leaves it that may break its attempt. #}
{% macro unbroken(slot) -%}
    {%- if microlift.funnel_traits().breaks -%}
    case when x.does & {{ 2 ** (slot + 23) }} > 0 then {{ microlift.no_attempt() }} else state.slot{{ slot }} end
    {%- else -%}
    state.slot{{ slot }}
    {%- endif -%}
{%- endmacro %}


{# Far enough in the past for every window to have closed. #}
{% macro no_attempt() %}{{ return('(-1000000000000000000)::bigint') }}{% endmacro %}


{% macro funnel_in_order(is_strict, window_seconds) -%}
    {%- set some_are_strict = microlift.funnel_traits().strict -%}
    {%- set slots, window = range(1, microlift.funnel_slots() + 1), "(" ~ window_seconds ~ " * 1000000)" -%}
    {%- set starts, advances = ['x.t'], [] -%}
    {%- for slot in slots -%}
        {%- do advances.append("x.does & " ~ 2 ** (slot - 1) ~ " > 0" ~ (" and x.t - " ~ starts[-1] ~ " <= " ~ window if slot > 1 else "")) -%}
        {%- do starts.append(microlift.unbroken(slot)) -%}
    {%- endfor -%}
    best := case
        {% for slot in slots | reverse -%}
        when state.best < {{ slot * 2 ** 55 }} and {{ advances[slot - 1] }} then {{ slot * 2 ** 55 }} + {{ starts[slot - 1] }}
        {% endfor -%}
        else state.best
    end
    {%- for slot in slots -%},
    slot{{ slot }} := case
        when {{ advances[slot - 1] }} then {{ starts[slot - 1] }}
        {% if not loop.last %}when {{ advances[slot] }} then {{ no_attempt() }}{% endif %}
        {% if some_are_strict %}when {{ is_strict }} and x.does & {{ 2 ** (slot + 35) }} = 0 then {{ microlift.no_attempt() }}{% endif %}
        else {{ starts[slot] }}
    end
    {%- endfor %}
{%- endmacro %}


{% macro funnel_any_order(required_steps, window_seconds) -%}
    {%- set slots, last_times = range(1, microlift.funnel_slots() + 1), [] -%}
    {%- for slot in slots -%}
        {%- do last_times.append("case when x.does & " ~ 2 ** (slot - 1) ~ " > 0 then x.t else " ~ microlift.unbroken(slot) ~ " end") -%}
    {%- endfor -%}
    best := case
        {% for slot in slots | reverse -%}
        when {{ slot }} <= {{ required_steps }} and state.best < {{ slot * 2 ** 55 }}
            and least({{ last_times[:slot] | join(', ') }}) >= x.t - {{ window_seconds }} * 1000000
            then {{ slot * 2 ** 55 }} + least({{ last_times[:slot] | join(', ') }})
        {% endfor -%}
        else state.best
    end
    {%- for slot in slots -%}, slot{{ slot }} := {{ last_times[slot - 1] }}{%- endfor %}
{%- endmacro %}
