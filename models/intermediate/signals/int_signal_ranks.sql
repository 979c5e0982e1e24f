-- How each signal ranks the units that converted against those that did not: counts and exact sums of placements, from
-- which the share of pairs ordered rightly (the area under the ROC curve) and its variance follow. Grain: experiment ×
-- metric × period × signal × level. Of a text each frequent level is a signal of its own, 1 where a unit has it.
with

-- What units did until the landmark is held against what they did after it: who has converted by then plays no part.
units as (
    select u.experiment_id, u.metric_id, p.period, u.unit_id, u.value > 0 as is_converted
    from {{ ref('int_unit_metrics') }} as u
    inner join {{ ref('int_macro_conversions') }} as m on m.experiment_id = u.experiment_id and m.metric_id = u.metric_id
    cross join (select 'pre_exposure' as period union all select 'in_funnel') as p
    where u.is_ripe and (
        p.period = 'pre_exposure'
        or coalesce(u.first_counted_at >= {{ add_seconds('u.exposed_at', (var('signal_landmark_minutes') * 60) | int) }}, true)
    )
),

totals as (
    select
        experiment_id, metric_id, period,
        count(*) filter (where is_converted) as converted, count(*) filter (where not is_converted) as others
    from units
    group by experiment_id, metric_id, period
),

grouped as (
    select
        u.experiment_id, u.metric_id, s.period, s.signal, s.text_value as level, s.value,
        count(*) filter (where u.is_converted) as converted,
        count(*) filter (where not u.is_converted) as others
    from {{ ref('int_unit_signals') }} as s
    inner join units as u on u.experiment_id = s.experiment_id and u.unit_id = s.unit_id and u.period = s.period
    group by u.experiment_id, u.metric_id, s.period, s.signal, s.text_value, s.value
),

known as (
    select
        experiment_id, metric_id, period, signal, level is not null as is_text,
        cast(sum(converted) as bigint) as converted, cast(sum(others) as bigint) as others
    from grouped
    group by experiment_id, metric_id, period, signal, level is not null
),

levels as (
    select *
    from grouped
    where level is not null
    qualify row_number() over (
        partition by experiment_id, metric_id, period, signal order by converted + others desc, level
    ) <= {{ var('signal_levels') }}
),

-- Nothing happened: 0 of what is counted. What is measured (a depth, a delay) is unknown then.
absences as (
    select
        k.experiment_id, k.metric_id, k.period, k.signal, cast(null as varchar) as level, 0.0 as value,
        t.converted - k.converted as converted, t.others - k.others as others
    from known as k
    inner join totals as t on t.experiment_id = k.experiment_id and t.metric_id = k.metric_id and t.period = k.period
    left join {{ ref('int_signals') }} as r on r.signal = k.signal
    where not k.is_text and (r.missing_is_zero or k.signal = 'sessions')

    union all
    select l.experiment_id, l.metric_id, l.period, l.signal, l.level, 0.0, k.converted - l.converted, k.others - l.others
    from levels as l
    inner join known as k
        on k.experiment_id = l.experiment_id and k.metric_id = l.metric_id and k.period = l.period and k.signal = l.signal and k.is_text
),

valued as (
    select
        experiment_id, metric_id, period, signal, level, value,
        cast(sum(converted) as bigint) as converted, cast(sum(others) as bigint) as others
    from (
        select experiment_id, metric_id, period, signal, level, value, converted, others from grouped where level is null
        union all
        select experiment_id, metric_id, period, signal, level, 1.0, converted, others from levels
        union all
        select * from absences
    ) as parts
    group by experiment_id, metric_id, period, signal, level, value
),

-- Twice the units below a value, ties as one half.
ranked as (
    select
        *,
        2 * coalesce(sum(others) over below, 0) + others as others_below,
        2 * coalesce(sum(converted) over below, 0) + converted as converted_below
    from valued
    window below as (
        partition by experiment_id, metric_id, period, signal, level order by value rows between unbounded preceding and 1 preceding
    )
)

select
    experiment_id,
    metric_id,
    period,
    signal,
    level,
    cast(sum(converted) as bigint) as converted,
    cast(sum(others) as bigint) as others,
    {{ ordered_sum('converted * value', 'value') }} / nullif(sum(converted), 0) as converted_mean,
    {{ ordered_sum('others * value', 'value') }} / nullif(sum(others), 0) as others_mean,
    cast(sum(converted * others_below) as double) as placements,
    cast(sum(converted * others_below * others_below) as double) as converted_squares,
    cast(sum(others * converted_below * converted_below) as double) as others_squares
from ranked
group by experiment_id, metric_id, period, signal, level
