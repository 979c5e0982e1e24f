{#
  Where the counted attempt reached each slot: a list of places among the moments of its window, NULL where it did not; one
  such list for each event that the attempt may have started with.

  The attempt is known by its start and depth (funnel_fold). It is followed once more from that start, alone: each step is
  reached at the first event that may be it. Several first steps may lie at the start's very moment: of those from which
  the depth is reached, the last of the earliest completed is the one (funnel_chosen).
#}
{% macro funnel_trace(moments, step_order, previous_slots, best) %}{{ return(adapter.dispatch('funnel_trace', 'microlift')(moments, step_order, previous_slots, best)) }}{% endmacro %}

{% macro default__funnel_trace(moments, step_order, previous_slots, best) -%}
    {%- set first_steps -%}
        list_filter(range(1, len({{ moments }}) + 1), lambda i: {{ moments }}[i].t = {{ microlift.funnel_start(best) }}
            and {{ moments }}[i].does & (case when {{ step_order }} = 'any' then 4095 else 1 end) > 0)
    {%- endset -%}
    list_filter(
        list_transform({{ first_steps }}, lambda i: {{ microlift.funnel_follow(moments ~ '[i:]', step_order, previous_slots) }}),
        lambda places: len(list_filter(places[:{{ microlift.funnel_depth(best) }}], lambda place: place is not null)) = {{ microlift.funnel_depth(best) }}
    )
{%- endmacro %}

{# The one of the traces that counts, as times (funnel_clock). #}
{% macro funnel_chosen(traces, depth, moments) %}{{ return(adapter.dispatch('funnel_chosen', 'microlift')(traces, depth, moments)) }}{% endmacro %}
{% macro default__funnel_chosen(traces, depth, moments) -%}
    {%- set completed = "list_max(places[:" ~ depth ~ "])" -%}
    list_transform(
        case when len({{ traces }}) = 1 then {{ traces }}[1] else list_filter(
            {{ traces }},
            lambda places: {{ completed }} = list_min(list_transform({{ traces }}, lambda places: {{ completed }}))
        )[-1] end,
        lambda place: {{ moments }}[place].t
    )
{%- endmacro %}

{% macro funnel_depth(best) %}({{ best }} >> 55){% endmacro %}
{% macro funnel_start(best) %}({{ best }} & {{ 2 ** 55 - 1 }}){% endmacro %}

{# The moments of an attempt's window, with what following it has to remember. #}
{% macro funnel_window(timeline, best, window_seconds) %}{{ return(adapter.dispatch('funnel_window', 'microlift')(timeline, best, window_seconds)) }}{% endmacro %}
{% macro default__funnel_window(timeline, best, window_seconds) -%}
    list_transform(
        list_filter({{ timeline }}, lambda e: e >> 72 between {{ microlift.funnel_start(best) }} and {{ microlift.funnel_start(best) }} + {{ window_seconds }} * 1000000),
        lambda e, i: struct_pack(place := i, t := cast(e >> 72 as bigint), does := cast(e & 281474976710655 as bigint), {{ microlift.nothing_reached() }})
    )
{%- endmacro %}

{% macro nothing_reached() -%}
    depth := 0::bigint, is_open := true{% for slot in range(1, microlift.funnel_slots() + 1) %}, slot{{ slot }} := null::bigint{% endfor %}
{%- endmacro %}

{# One attempt, followed from its first event: the steps may come in their order, or in any. #}
{% macro funnel_follow(moments, step_order, previous_slots) -%}
    {%- set asked = microlift.funnel_traits() -%}
    {%- set slots = range(1, microlift.funnel_slots() + 1) -%}
    {%- set or_any = " or " ~ step_order ~ " = 'any'" if asked.any_order else "" -%}
    {%- set goes_on = "(state.is_open" ~ (" and (state.depth = 0 or (x.does >> (23 + state.depth)) & 1 = 0)" if asked.breaks) ~ ")" -%}
    {%- set advances = "((x.does >> state.depth) & 1 > 0)" -%}
    list_transform([list_reduce(
        {{ moments }},
        lambda state, x: struct_pack(
            place := x.place,
            t := x.t,
            does := x.does,
            -- In any order the depth only tells that the attempt has begun.
            depth := case
                when {{ goes_on }} and ({{ advances }}{{ or_any }}) then {{ "case when " ~ step_order ~ " = 'any' then 1 else state.depth + 1 end" if or_any else 'state.depth + 1' }}
                else state.depth
            end,
            is_open := {{ goes_on }}
                {%- if asked.strict %} and ({{ step_order }} not like 'strict%' or {{ advances }} or (x.does >> (35 + state.depth)) & 1 > 0){% endif %}
            {%- for slot in slots -%},
            slot{{ slot }} := case
                when state.slot{{ slot }} is null and {{ goes_on }} and (
                    (x.does & {{ 2 ** (slot - 1) }} > 0 and (state.depth = {{ slot - 1 }}{{ or_any }}))
                    {%- if asked.optional %}
                    or (x.does & {{ 2 ** (slot + 11) }} > 0 and (state.depth = {{ previous_slots }}[{{ slot }}]{{ or_any }}))
                    {%- endif %}
                ) then x.place
                else state.slot{{ slot }}
            end
            {%- endfor %}
        ),
        struct_pack(place := 0::bigint, t := 0::bigint, does := 0::bigint, {{ microlift.nothing_reached() }})
    )], lambda run: [{% for slot in slots %}run.slot{{ slot }}{{ ', ' if not loop.last }}{% endfor %}])[1]
{%- endmacro %}


{# When the last required step that was reached was. #}
{% macro funnel_completed(slots, depth) %}{{ return(adapter.dispatch('funnel_completed', 'microlift')(slots, depth)) }}{% endmacro %}
{% macro default__funnel_completed(slots, depth) %}list_max({{ slots }}[:{{ depth }}]){% endmacro %}

{# The times of all slots as timestamps. In any order a step counts as reached when it and all before it have happened. #}
{% macro funnel_slot_times(slots, step_order, required_steps, depth) %}{{ return(adapter.dispatch('funnel_slot_times', 'microlift')(slots, step_order, required_steps, depth)) }}{% endmacro %}
{% macro default__funnel_slot_times(slots, step_order, required_steps, depth) -%}
    list_transform({{ slots }}, lambda t, i: {{ microlift.funnel_time(
        "(case when " ~ step_order ~ " != 'any' or i > " ~ required_steps ~ " then t when i <= " ~ depth
        ~ " then list_max(" ~ slots ~ "[:i]) end)") }})
{%- endmacro %}
