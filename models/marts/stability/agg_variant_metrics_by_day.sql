-- depends_on: {{ ref('validate_exposures') }}
with

places as (select * from {{ ref('int_unit_places') }}),

centres as (
    select
        experiment_id,
        metric_id,
        stratification,
        cast(sum(value) / count(*) as decimal(18, 6)) as centre,
        cast(coalesce(sum(denominator), 0) / count(*) as decimal(18, 6)) as denominator_centre
    from places
    group by experiment_id, metric_id, stratification
),

summed as (
    select
        p.experiment_id,
        p.metric_id,
        p.kind,
        p.stratification,
        p.stratum,
        p.place,
        p.variant_id,
        p.allocation_epoch,
        case when p.kind = 'conversion' then cast(sum(p.value) as bigint) end as successes,
        {{ plain_statistics('p.value', 'c.centre', 'p.denominator', 'c.denominator_centre') }}
    from places as p
    inner join centres as c
        on c.experiment_id = p.experiment_id and c.metric_id = p.metric_id and c.stratification = p.stratification
    group by p.experiment_id, p.metric_id, p.kind, p.stratification, p.stratum, p.place, p.variant_id, p.allocation_epoch
)

select * replace (
    {{ bounded_products('centred_cross_products', 'centred_sum_squares', 'denominator_centred_sum_squares') }} as centred_cross_products
)
from summed
