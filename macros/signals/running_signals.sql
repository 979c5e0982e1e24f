{#
  The defined signals of sessions as they stood after each event that they are taken of: what was known at that moment,
  where `signal_values` says how it ended. A row for each session, signal and event, in one pass: each kind is a running
  sum, mean, extreme or last value of what the event adds to it.

  `events` is a CTE of events with `session_id` and `part_started_at`; `signals` names, in SQL, the signals that are wanted.
#}
{% macro running_signals(events, signals) %}
    select session_id, signal, event_time, sequence, event_id, is_until, {{ microlift.running_value() }} as value
    from (
        select *, {{ microlift.signal_gain() }} as gain
        from (
            select
                e.*,
                r.signal,
                r.kind,
                r.within_seconds,
                lag(e.event_time) over course as previous_time,
                lag(e.number) over course as previous_number,
                lag(e.same) over course as previous_same,
                lag(e.is_until) over course as previous_is_until,
                -- Among the events on the same field or target.
                row_number() over same_ones as place,
                lag(e.is_until) over same_ones as was_until,
                lag(e.event_time, r.at_least - 1) over same_ones as repeated_since
            from ({{ microlift.signal_events(events) }}) as e
            inner join {{ ref('int_signals') }} as r on r.signal = e.rule
            where e.rule in ({{ signals }})
            window
                course as (partition by e.session_id, r.signal order by e.event_time, e.sequence, e.event_id, e.is_until),
                same_ones as (partition by e.session_id, r.signal, e.same order by e.event_time, e.sequence, e.event_id, e.is_until)
        ) as placed
    ) as gained
    window course as (partition by session_id, signal order by event_time, sequence, event_id, is_until rows unbounded preceding)
{% endmacro %}


{# What an event adds to a signal. #}
{% macro signal_gain() -%}
    cast(case kind
        when 'count' then cast(not is_until as integer)
        when 'sum' then case when not is_until then number end
        when 'distinct' then cast(same is not null and place = 1 as integer)
        when 'time_until' then case when not previous_is_until
            then least({{ var('session_gap_seconds') }}, {{ seconds_between('previous_time', 'event_time') }}) else 0 end
        when 'fastest_rise' then case when number > previous_number and event_time > previous_time
            then (number - previous_number) / {{ seconds_between('previous_time', 'event_time') }} end
        when 'repeats' then cast(coalesce({{ seconds_between('repeated_since', 'event_time') }} <= within_seconds, false) as integer)
        when 'returns' then cast(same is not null and same is distinct from previous_same and place > 1 as integer)
        when 'without' then case when same is null then 0
            else cast(not is_until as integer) - cast(not coalesce(was_until, true) as integer) end
    end as double)
{%- endmacro %}


{% macro running_value() -%}
    case
        when kind = 'mean' then avg(number) filter (where not is_until) over course
        when kind = 'max' then max(number) filter (where not is_until) over course
        when kind = 'fastest_rise' then max(gain) over course
        when kind = 'last' then last_value(number ignore nulls) over course
        when kind = 'first_delay' then {{ seconds_between('part_started_at', 'min(event_time) filter (where not is_until) over course') }}
        else sum(gain) over course
    end
{%- endmacro %}
