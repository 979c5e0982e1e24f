{#
  The defined signals of parts of sessions: a row for each part and signal of which there was an event.

  `events` is a CTE of events with the key columns of their part (`keys`), and `part_started_at` and `part_ended_at`. Each
  property is read once for each rule that asks for it. Only kinds that depend on the order of events gather lists.
#}
{% macro signal_values(events, keys) %}
    {%- set prefixed = [] -%}
    {%- for key in keys -%}{%- do prefixed.append('e.' ~ key) -%}{%- endfor -%}
    select
        {{ keys | join(', ') }},
        part_started_at,
        signal,
        {{ microlift.signal_value() }} as value
    from (
        select
            {{ prefixed | join(', ') }},
            e.part_started_at,
            e.part_ended_at,
            r.signal,
            r.kind,
            r.at_least,
            r.within_seconds,
            count(*) filter (where not is_until) as events,
            sum(number) filter (where not is_until) as total,
            avg(number) filter (where not is_until) as mean,
            max(number) filter (where not is_until) as highest,
            min(e.event_time) filter (where not is_until) as first_at,
            {{ sorted_list(struct({
                't': 'e.event_time', 'sequence': 'e.sequence', 'event_id': 'e.event_id', 'number': 'number', 'same': 'same',
                'is_until': 'is_until'
            }), 'r.needs_order') }} as moments
        from (
            {{ microlift.signal_events(events) }}
        ) as e
        inner join {{ ref('int_signals') }} as r on r.signal = e.rule
        group by {{ prefixed | join(', ') }}, e.part_started_at, e.part_ended_at, r.signal, r.kind, r.at_least, r.within_seconds
    ) as grouped
    where events > 0
{% endmacro %}


{# The value of one signal of one part, by its kind; docs/signals.md states each. #}
{% macro signal_value() %}{{ return(adapter.dispatch('signal_value', 'microlift')()) }}{% endmacro %}

{% macro default__signal_value() -%}
    {%- set each = "range(1, len(moments) + 1)" -%}
    {%- set seconds = "(epoch_us(moments[i].t) - epoch_us(moments[i - 1].t)) / 1e6" -%}
    cast(case kind
        when 'count' then events
        when 'sum' then total
        when 'mean' then mean
        when 'max' then highest
        when 'first_delay' then {{ seconds_between('part_started_at', 'first_at') }}
        when 'last' then list_filter(moments, lambda x: x.number is not null)[-1].number
        when 'distinct' then len(list_distinct(list_transform(moments, lambda x: x.same)))
        when 'time_until' then list_sum(list_transform(
            list_filter({{ each }}, lambda i: not moments[i].is_until),
            lambda i: least({{ var('session_gap_seconds') }}, (epoch_us(coalesce(moments[i + 1].t, part_ended_at)) - epoch_us(moments[i].t)) / 1e6)
        ))
        when 'fastest_rise' then list_max(list_transform(
            list_filter({{ each }}, lambda i: i > 1 and moments[i].number > moments[i - 1].number and moments[i].t > moments[i - 1].t),
            lambda i: (moments[i].number - moments[i - 1].number) / ({{ seconds }})
        ))
        when 'repeats' then len(list_filter({{ each }}, lambda i: len(list_filter(
            moments[:i], lambda x: x.same is not distinct from moments[i].same and epoch_us(moments[i].t) - epoch_us(x.t) <= within_seconds * 1e6
        )) >= at_least))
        when 'returns' then len(list_filter({{ each }}, lambda i: i > 1 and moments[i].same is not null
            and moments[i].same is distinct from moments[i - 1].same
            and len(list_filter(moments[:i - 1], lambda x: x.same = moments[i].same)) > 0))
        when 'without' then len(list_filter({{ each }}, lambda i: not moments[i].is_until and moments[i].same is not null
            and len(list_filter(moments[i + 1:], lambda x: x.same = moments[i].same)) = 0))
    end as double)
{%- endmacro %}
