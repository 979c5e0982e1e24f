-- Sufficient statistics of the cells that enter inference, of each half of their units: a stable hash, which has nothing
-- to do with that of the assignment, puts a unit for good into the half that explores or the half that confirms. Totals
-- name no unit and cannot be split.
-- depends_on: {{ ref('validate_aggregates') }}
with

units as (
    select
        *,
        case when {{ unit_share('unit_id', "experiment_id || ': replication'") }} < {{ var('confirmation_share') }}
            then 'confirmation' else 'exploration'
        end as half
    from {{ ref('int_unit_metrics') }}
    where is_ripe and value is not null and {{ var('confirmation_share') }} > 0
),

centres as (
    select
        experiment_id,
        metric_id,
        cast(sum(value) / count(*) as decimal(18, 6)) as centre,
        cast(coalesce(sum(denominator), 0) / count(*) as decimal(18, 6)) as denominator_centre
    from units
    group by experiment_id, metric_id
),

tested_segments as (
    select g.experiment_id, g.unit_id, g.segment_dimension, g.segment
    from {{ ref('unit_segments') }} as g
    inner join {{ ref('dim_segments') }} as s
        on s.experiment_id = g.experiment_id and s.segment_dimension = g.segment_dimension and s.segment = g.segment
    where s.is_large_enough and {{ is_known_by_exposure('s.basis') }}
),

cells as (
    select
        u.experiment_id,
        s.segment_dimension,
        s.segment,
        u.metric_id,
        u.variant_id,
        u.allocation_epoch,
        u.half,
        count(*) as units,
        cast(sum(u.value) as double) as value_sum,
        greatest({{ centred_products('u.value', 'c.centre', 'u.value', 'c.centre') }}, 0) as centred_sum_squares,
        cast(sum(u.denominator) as double) as denominator_sum,
        greatest({{ centred_products('u.denominator', 'c.denominator_centre', 'u.denominator', 'c.denominator_centre') }}, 0)
            as denominator_centred_sum_squares,
        {{ centred_products('u.value', 'c.centre', 'u.denominator', 'c.denominator_centre') }} as centred_cross_products
    from units as u
    inner join centres as c on c.experiment_id = u.experiment_id and c.metric_id = u.metric_id
    inner join tested_segments as s on s.experiment_id = u.experiment_id and s.unit_id = u.unit_id
    group by u.experiment_id, s.segment_dimension, s.segment, u.metric_id, u.variant_id, u.allocation_epoch, u.half
)

select
    c.*,
    m.kind,
    case when m.kind = 'conversion' then cast(c.value_sum as bigint) end as successes
from cells as c
inner join {{ ref('dim_metrics') }} as m on m.metric_id = c.metric_id
