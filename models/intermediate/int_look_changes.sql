{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- What each look newly knows of each unit: its value before and after. A unit enters at the first look after its
-- window has closed; what arrives later changes the next look. Grain: experiment × unit × metric × look.
with

units as (
    select u.*, greatest(u.exposure_received_time, u.ripe_at) as entry_at, e.look_interval
    from {{ ref('int_unit_values') }} as u
    inner join {{ ref('dim_experiments') }} as e on e.experiment_id = u.experiment_id
    where u.ripe_at is not null and {{ is_touched('u.unit_id') }}
),

metrics as (select * from {{ ref('dim_metrics') }}),

-- Every unit enters with what is known then, an event-born one with nothing until its events are added below.
entries as (
    select
        u.experiment_id, u.unit_id, u.metric_id,
        {{ look_after('u.entry_at', 'u.look_interval') }} as look_at,
        case when m.event_name is null then u.value else 0 end as value,
        case when m.event_name is null then u.value end as least_value,
        case when m.event_name is null then u.denominator else 0 end as denominator,
        1 as is_entry,
        cast(0 as bigint) as events
    from units as u
    inner join metrics as m on m.metric_id = u.metric_id
),

arrivals as (
    select
        e.experiment_id, e.unit_id, e.metric_id,
        {{ look_after('greatest(u.entry_at, e.received_time)', 'u.look_interval') }} as look_at,
        sum(case when e.part = 'value' then e.value else 0 end) as value,
        min(case when e.part = 'value' then e.value end) as least_value,
        sum(case when e.part = 'denominator' then e.value else 0 end) as denominator,
        0 as is_entry,
        count(e.value) filter (where e.part = 'value') as events
    from {{ ref('int_metric_events') }} as e
    inner join units as u
        on u.experiment_id = e.experiment_id and u.unit_id = e.unit_id and u.metric_id = e.metric_id
    where e.part != 'covariate'
    group by e.experiment_id, e.unit_id, e.metric_id, {{ look_after('greatest(u.entry_at, e.received_time)', 'u.look_interval') }}
),

known as (
    select
        experiment_id, unit_id, metric_id, look_at, sum(value) as value, min(least_value) as least_value, sum(denominator) as denominator,
        sum(events) as events
    from (select * from entries union all select * from arrivals) as changes
    group by experiment_id, unit_id, metric_id, look_at
),

cumulated as (
    select
        k.experiment_id, k.unit_id, k.metric_id, k.look_at,
        sum(k.value) over so_far as total,
        min(k.least_value) over so_far as least_value,
        sum(coalesce(k.denominator, 0)) over so_far as denominator_total,
        sum(k.events) over so_far as events
    from known as k
    window so_far as (partition by k.experiment_id, k.unit_id, k.metric_id order by k.look_at)
),

valued as (
    select
        c.experiment_id, c.unit_id, c.metric_id, c.look_at,
        m.event_name is null or m.missing_means = 'zero' or m.kind = 'conversion' or c.events > 0 as is_counted,
        cast(case
            when m.kind = 'conversion' then least(c.total, 1)
            when m.measure = 'duration' then c.least_value
            else c.total
        end as decimal(18, 6)) as value,
        cast(c.denominator_total as decimal(18, 6)) as denominator
    from cumulated as c
    inner join metrics as m on m.metric_id = c.metric_id
)

select
    *,
    lag(case when is_counted then value end) over by_look as value_before,
    lag(case when is_counted then denominator end) over by_look as denominator_before
from valued
window by_look as (partition by experiment_id, unit_id, metric_id order by look_at)
