{{ config(materialized='view') }}

-- What each unit did on each whole day since its exposure, of conversions, counts and sums whose window has several
-- whole days. A unit that did nothing on a day has no row. Grain: experiment × unit × metric × day.
with

day_metrics as (
    select metric_id, kind, first_day, days
    from (
        select
            metric_id,
            kind,
            cast(ceil(window_start_seconds / 86400.0) as integer) as first_day,
            cast(floor(window_end_seconds / 86400.0) - ceil(window_start_seconds / 86400.0) as integer) as days
        from {{ ref('dim_metrics') }}
        where kind in ('conversion', 'count', 'sum') and measure != 'duration' and event_name is not null
    ) as metrics
    where days > 1
),

events as (
    select
        u.experiment_id,
        u.unit_id,
        u.metric_id,
        u.variant_id,
        u.allocation_epoch,
        m.kind,
        m.days,
        cast(floor({{ seconds_between('u.exposed_at', 'e.event_time') }} / 86400) as integer) - m.first_day as day,
        coalesce(e.value, 0) as value
    from {{ ref('int_unit_metrics') }} as u
    inner join day_metrics as m on m.metric_id = u.metric_id
    inner join {{ ref('int_metric_events') }} as e
        on e.experiment_id = u.experiment_id and e.unit_id = u.unit_id and e.metric_id = u.metric_id and e.part = 'value'
    where u.is_ripe and u.value is not null
)

select
    experiment_id, unit_id, metric_id, variant_id, allocation_epoch, days, day,
    cast(case when kind = 'conversion' then least(sum(value), 1) else sum(value) end as decimal(18, 6)) as value
from events
where day >= 0 and day < days
group by experiment_id, unit_id, metric_id, variant_id, allocation_epoch, kind, days, day
