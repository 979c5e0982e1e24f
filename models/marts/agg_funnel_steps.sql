with

entered as (
    select x.experiment_id, s.segment_dimension, s.segment, x.variant_id, x.unit_id
    from {{ ref('int_exposures') }} as x
    inner join {{ ref('unit_segments') }} as s on s.experiment_id = x.experiment_id and s.unit_id = x.unit_id
    where x.source_door = 'events'

    union all
    select distinct 'all', 'all', 'all', 'all', person_id from {{ ref('int_unit_timelines') }}
),

steps as (select distinct funnel_id, step_number, step_name from {{ ref('int_funnel_steps') }}),

sizes as (
    select experiment_id, segment_dimension, segment, variant_id, count(*) as units
    from entered
    group by experiment_id, segment_dimension, segment, variant_id
),

reached as (
    select
        a.funnel_id, a.experiment_id, e.segment_dimension, e.segment, e.variant_id, a.step_number,
        count(*) as units,
        median(a.seconds_from_start) as median_seconds_from_start,
        median(a.seconds_from_previous) as median_seconds_from_previous
    from {{ ref('fct_funnel_attempts') }} as a
    inner join entered as e on e.experiment_id = a.experiment_id and e.unit_id = a.unit_id
    group by a.funnel_id, a.experiment_id, e.segment_dimension, e.segment, e.variant_id, a.step_number
),

filled as (
    select
        s.funnel_id, z.experiment_id, z.segment_dimension, z.segment, z.variant_id, s.step_number, s.step_name,
        z.units,
        coalesce(r.units, 0) as units_reached,
        r.median_seconds_from_start,
        r.median_seconds_from_previous
    from sizes as z
    cross join steps as s
    left join reached as r
        on r.funnel_id = s.funnel_id and r.experiment_id = z.experiment_id and r.segment_dimension = z.segment_dimension
        and r.segment = z.segment and r.variant_id = z.variant_id and r.step_number = s.step_number
)

select
    funnel_id,
    experiment_id,
    segment_dimension,
    segment,
    variant_id,
    step_number,
    step_name,
    units,
    units_reached,
    units_reached / nullif(units, 0) as rate_of_units,
    units_reached / nullif(first_value(units_reached) over funnel, 0) as conversion_from_start,
    units_reached / nullif(lag(units_reached) over funnel, 0) as conversion_from_previous,
    lag(units_reached) over funnel - units_reached as dropped_off,
    median_seconds_from_start,
    median_seconds_from_previous
from filled
window funnel as (
    partition by funnel_id, experiment_id, segment_dimension, segment, variant_id order by step_number
)
