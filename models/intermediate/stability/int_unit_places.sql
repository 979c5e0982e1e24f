{{ config(materialized='view') }}

-- Each ripe unit's value under every way in which time can be cut. `place` orders the strata of one cut. Days since
-- exposure have what was done on them, uncapped; quantiles are no matter of sums. Grain: experiment × unit × metric ×
-- stratification × stratum.
with

ripe as (
    select * from {{ ref('int_analysed_units') }}
    where exposed_at is not null and kind != 'quantile'
),

days as (select * from {{ ref('int_unit_days') }}),

-- What a unit's values say of a straight line through its days: the covariance with the day, in exact numbers.
slopes as (
    select experiment_id, unit_id, metric_id, sum(cast(2 * day - days + 1 as decimal(9, 0)) * value) as value
    from days
    group by experiment_id, unit_id, metric_id
),

windows as (select distinct experiment_id, metric_id, days from days)

select
    experiment_id, metric_id, kind, variant_id, allocation_epoch, 'exposure_day' as stratification,
    cast(cast(exposed_at as date) as varchar) as stratum,
    cast(floor({{ seconds_between("timestamp '1970-01-01'", 'exposed_at') }} / 86400) as integer) as place, value, denominator
from ripe

union all
select
    experiment_id, metric_id, kind, variant_id, allocation_epoch, 'day_of_week',
    case extract(isodow from exposed_at) when 1 then 'Monday' when 2 then 'Tuesday' when 3 then 'Wednesday' when 4 then 'Thursday'
        when 5 then 'Friday' when 6 then 'Saturday' else 'Sunday' end,
    cast(extract(isodow from exposed_at) as integer), value, denominator
from ripe

union all
select
    r.experiment_id, r.metric_id, r.kind, r.variant_id, r.allocation_epoch, 'calendar', coalesce(c.calendar_events, 'none'), 0, r.value,
    r.denominator
from ripe as r
left join {{ ref('int_unit_calendar') }} as c
    on c.experiment_id = r.experiment_id and c.unit_id = r.unit_id and c.metric_id = r.metric_id

union all
select
    r.experiment_id, r.metric_id, r.kind, r.variant_id, r.allocation_epoch, 'day_since_exposure', cast(d.day as varchar), d.day,
    coalesce(v.value, 0), null
from ripe as r
inner join (select experiment_id, metric_id, {{ explode('range(days)') }} as day from windows) as d
    on d.experiment_id = r.experiment_id and d.metric_id = r.metric_id
left join days as v
    on v.experiment_id = r.experiment_id and v.unit_id = r.unit_id and v.metric_id = r.metric_id and v.day = d.day

union all
select
    r.experiment_id, r.metric_id, 'sum', r.variant_id, r.allocation_epoch, 'slope_since_exposure', cast(w.days as varchar), w.days,
    cast(coalesce(s.value, 0) as decimal(18, 6)), null
from ripe as r
inner join windows as w on w.experiment_id = r.experiment_id and w.metric_id = r.metric_id
left join slopes as s on s.experiment_id = r.experiment_id and s.unit_id = r.unit_id and s.metric_id = r.metric_id
