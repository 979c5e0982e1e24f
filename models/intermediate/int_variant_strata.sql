-- Sufficient statistics of every cell and allocation epoch: what the Python models read. Grain: experiment ×
-- segment dimension × segment × metric × variant × allocation epoch.
-- depends_on: {{ ref('validate_exposures') }}
with

centres as (
    select
        experiment_id,
        metric_id,
        cast(sum(value) / count(*) as decimal(18, 6)) as centre,
        cast(coalesce(sum(denominator), 0) / count(*) as decimal(18, 6)) as denominator_centre
    from {{ ref('int_unit_metrics') }}
    where is_ripe and value is not null
    group by experiment_id, metric_id
),

from_units as (
    select
        u.experiment_id,
        s.segment_dimension,
        s.segment,
        u.metric_id,
        u.variant_id,
        u.allocation_epoch,
        count(*) as units,
        cast(sum(u.value) as double) as value_sum,
        greatest({{ centred_products('u.value', 'c.centre', 'u.value', 'c.centre') }}, 0) as centred_sum_squares,
        cast(sum(u.denominator) as double) as denominator_sum,
        greatest({{ centred_products('u.denominator', 'c.denominator_centre', 'u.denominator', 'c.denominator_centre') }}, 0)
            as denominator_centred_sum_squares,
        {{ centred_products('u.value', 'c.centre', 'u.denominator', 'c.denominator_centre') }} as centred_cross_products
    from {{ ref('int_unit_metrics') }} as u
    inner join centres as c on c.experiment_id = u.experiment_id and c.metric_id = u.metric_id
    inner join {{ ref('unit_segments') }} as s on s.experiment_id = u.experiment_id and s.unit_id = u.unit_id
    where u.is_ripe and u.value is not null
    group by u.experiment_id, s.segment_dimension, s.segment, u.metric_id, u.variant_id, u.allocation_epoch
),

combined as (
    select * from from_units
    union all
    select * from {{ ref('int_count_strata') }}
)

select
    c.experiment_id,
    c.segment_dimension,
    c.segment,
    c.metric_id,
    m.kind,
    c.variant_id,
    c.allocation_epoch,
    c.units,
    case when m.kind = 'conversion' then cast(c.value_sum as bigint) end as successes,
    c.value_sum,
    c.centred_sum_squares,
    c.denominator_sum,
    c.denominator_centred_sum_squares,
    -- Rounding may carry the products past what the squares allow (Cauchy–Schwarz), by the last bit.
    case when c.centred_cross_products is not null then least(
        greatest(c.centred_cross_products, -sqrt(c.centred_sum_squares * c.denominator_centred_sum_squares)),
        sqrt(c.centred_sum_squares * c.denominator_centred_sum_squares)
    ) end as centred_cross_products
from combined as c
inner join {{ ref('dim_metrics') }} as m on m.metric_id = c.metric_id
