-- Exposed units of every cell, ripe or not: what sample-ratio tests count.
select
    x.experiment_id,
    s.segment_dimension,
    s.segment,
    x.variant_id,
    x.allocation_epoch,
    count(*) as units,
    count(*) filter (where x.is_contaminated) as contaminated_units,
    count(*) filter (where x.exposures > 1) as repeated_units,
    sum(x.exposures) as exposures
from {{ ref('int_exposures') }} as x
inner join {{ ref('unit_segments') }} as s on s.experiment_id = x.experiment_id and s.unit_id = x.unit_id
group by x.experiment_id, s.segment_dimension, s.segment, x.variant_id, x.allocation_epoch

union all

-- Totals name no unit; the metric with the most units stands for the exposed.
select
    experiment_id, segment_dimension, segment, variant_id, allocation_epoch,
    max(units) as units, cast(null as bigint) as contaminated_units, cast(null as bigint) as repeated_units,
    cast(null as bigint) as exposures
from {{ ref('int_count_strata') }}
group by experiment_id, segment_dimension, segment, variant_id, allocation_epoch
