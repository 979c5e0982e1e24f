-- Units that enter each arm of each segment a day: the mean of the last days before "now" or before the experiment's end,
-- of those that it has run.
with

exposed as (
    select x.experiment_id, s.segment_dimension, s.segment, x.variant_id, x.exposed_at, 1 as units
    from {{ ref('int_exposures') }} as x
    inner join {{ ref('unit_segments') }} as s on s.experiment_id = x.experiment_id and s.unit_id = x.unit_id

    union all
    -- Totals name no unit; the metric with the most units of a day stands for the exposed.
    select experiment_id, segment_dimension, segment, variant_id, cast(day as timestamp), max(units)
    from {{ ref('int_counts_checked') }}
    where status = 'valid'
    group by experiment_id, segment_dimension, segment, variant_id, day
),

periods as (
    select
        p.experiment_id,
        least(p.as_of, coalesce(p.ends_at, p.as_of)) as until_time,
        min(x.exposed_at) as started_at
    from {{ ref('int_progress') }} as p
    inner join exposed as x on x.experiment_id = p.experiment_id
    group by p.experiment_id, p.as_of, p.ends_at
),

spans as (
    select
        experiment_id,
        until_time,
        least(greatest({{ seconds_between('started_at', 'until_time') }} / 86400, 1), {{ var('traffic_days') }}) as days
    from periods
)

select
    x.experiment_id,
    x.segment_dimension,
    x.segment,
    x.variant_id,
    cast(sum(x.units) as bigint) as units,
    s.days,
    sum(x.units) / s.days as units_a_day
from exposed as x
inner join spans as s on s.experiment_id = x.experiment_id
where x.exposed_at >= {{ add_seconds('s.until_time', '-86400 * s.days') }} and x.exposed_at < s.until_time
group by x.experiment_id, x.segment_dimension, x.segment, x.variant_id, s.days
