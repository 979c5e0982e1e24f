with

from_units as (
    select
        u.experiment_id,
        u.segment_dimension,
        u.segment,
        -- A dimension of an experiment has one.
        min(u.basis) as basis,
        count(*) as units,
        count(*) filter (where u.segment_before_merge != u.segment) as merged_units
    from {{ ref('unit_segments') }} as u
    group by u.experiment_id, u.segment_dimension, u.segment
),

-- Totals come with their segments; what a unit is in them is the adopter's word.
from_counts as (
    select experiment_id, segment_dimension, segment, 'at_exposure' as basis, max(units) as units, 0 as merged_units
    from (
        select experiment_id, segment_dimension, segment, metric_id, sum(units) as units
        from {{ ref('int_counts_checked') }}
        where status = 'valid'
        group by experiment_id, segment_dimension, segment, metric_id
    ) as per_metric
    group by experiment_id, segment_dimension, segment
),

variant_units as (
    select experiment_id, segment_dimension, segment, variant_id, max(units) as units
    from {{ ref('int_variant_units') }}
    group by experiment_id, segment_dimension, segment, variant_id
),

smallest as (
    select
        v.experiment_id,
        v.segment_dimension,
        v.segment,
        case when count(*) < max(e.variants) then 0 else min(v.units) end as smallest_variant_units
    from variant_units as v
    inner join {{ ref('dim_experiments') }} as e on e.experiment_id = v.experiment_id
    group by v.experiment_id, v.segment_dimension, v.segment
)

select
    s.experiment_id,
    s.segment_dimension,
    s.segment,
    s.basis,
    cast(s.units as bigint) as units,
    cast(coalesce(m.smallest_variant_units, 0) as bigint) as smallest_variant_units,
    cast(s.merged_units as bigint) as merged_units,
    s.segment_dimension = 'all' or (
        s.units >= {{ var('minimum_segment_units') }}
        and coalesce(m.smallest_variant_units, 0) >= {{ var('minimum_variant_units') }}
    ) as is_large_enough
from (select * from from_units union all select * from from_counts) as s
left join smallest as m
    on m.experiment_id = s.experiment_id and m.segment_dimension = s.segment_dimension and m.segment = s.segment
