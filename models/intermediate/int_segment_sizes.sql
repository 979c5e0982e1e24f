-- Size of each candidate segment, and the segment it is reported as: a small one joins 'other' of its dimension.
with

by_variant as (
    select c.experiment_id, c.segment_dimension, c.segment, e.variant_id, count(*) as units
    from {{ ref('int_segment_candidates') }} as c
    inner join {{ ref('int_exposures') }} as e on e.experiment_id = c.experiment_id and e.unit_id = c.unit_id
    group by c.experiment_id, c.segment_dimension, c.segment, e.variant_id
),

sizes as (
    select
        s.experiment_id,
        s.segment_dimension,
        s.segment,
        sum(s.units) as units,
        -- A variant that nobody of the segment saw has no row.
        case when count(*) < max(e.variants) then 0 else min(s.units) end as smallest_variant_units
    from by_variant as s
    inner join {{ ref('dim_experiments') }} as e on e.experiment_id = s.experiment_id
    group by s.experiment_id, s.segment_dimension, s.segment
)

select
    experiment_id,
    segment_dimension,
    segment,
    units,
    smallest_variant_units,
    case
        when segment_dimension = 'all'
            or (units >= {{ var('minimum_segment_units') }} and smallest_variant_units >= {{ var('minimum_variant_units') }})
            then segment
        else 'other'
    end as reported_segment
from sizes
