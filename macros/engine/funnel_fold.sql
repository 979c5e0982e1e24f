{#
  The counted attempt of one unit in one funnel: the times of the steps it reached.

  The state keeps, for each step, the times of the latest attempt that reached it (`reached`), so a new first step
  opens a new attempt without ending the older ones: a window starts at the first step of the attempt that is
  counted. An attempt reaches a step once; only a later attempt takes its place. `best` is the deepest attempt so far;
  it gives way only to a deeper one, hence ties go to the earliest completion.
#}
{% macro funnel_fold(timeline, window_seconds) %}{{ return(adapter.dispatch('funnel_fold', 'microlift')(timeline, window_seconds)) }}{% endmacro %}

{% macro default__funnel_fold(timeline, window_seconds) -%}
    {%- set advances -%}
        (x.step = 1 or (len(state.reached) >= x.step - 1
            and x.event_time <= state.reached[x.step - 1][1] + to_seconds({{ window_seconds }})
            and (len(state.reached) < x.step or state.reached[x.step - 1][1] > state.reached[x.step][1])))
    {%- endset -%}
    {%- set attempt -%}
        case when x.step = 1 then [x.event_time] else list_append(state.reached[x.step - 1], x.event_time) end
    {%- endset -%}
    list_reduce(
        list_transform({{ timeline }}, lambda x: struct_pack(
            event_time := x.event_time, step := -x.later_step_first, reached := []::timestamp[][], best := []::timestamp[]
        )),
        lambda state, x: struct_pack(
            event_time := x.event_time,
            step := x.step,
            reached := case
                when {{ advances }}
                    then list_concat(state.reached[:x.step - 1], [{{ attempt }}], state.reached[x.step + 1:])
                else state.reached
            end,
            best := case when {{ advances }} and x.step > len(state.best) then {{ attempt }} else state.best end
        ),
        struct_pack(event_time := null::timestamp, step := 0, reached := []::timestamp[][], best := []::timestamp[])
    ).best
{%- endmacro %}
