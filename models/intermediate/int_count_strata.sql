-- The counts door as sufficient statistics, days of one allocation epoch together.
with

counts as (
    select
        c.*,
        coalesce(a.allocation_epoch, 1) as allocation_epoch,
        coalesce(cast(c.successes as double), c.value_sum) as total,
        -- A conversion's squares are its successes.
        case when m.kind = 'conversion' then cast(c.successes as double) else c.value_sum_squares end as sum_squares
    from {{ ref('int_counts_checked') }} as c
    inner join {{ ref('dim_metrics') }} as m on m.metric_id = c.metric_id
    left join (
        select distinct experiment_id, allocation_epoch, effective_from, effective_until from {{ ref('int_allocations') }}
    ) as a
        on a.experiment_id = c.experiment_id and c.day >= a.effective_from and c.day < a.effective_until
    where c.status = 'valid'
),

centred as (
    select
        *,
        coalesce(centred_sum_squares, sum_squares - total * total / nullif(units, 0), 0) as own_squares
    from counts
)

select
    experiment_id,
    segment_dimension,
    segment,
    metric_id,
    variant_id,
    allocation_epoch,
    cast(sum(units) as bigint) as units,
    sum(total) as value_sum,
    -- Deviations within days, and of the days' means from the epoch's.
    greatest(sum(own_squares) + coalesce(sum(total * total / nullif(units, 0)) - sum(total) * sum(total) / nullif(sum(units), 0), 0), 0)
        as centred_sum_squares,
    sum(denominator_sum) as denominator_sum,
    greatest(sum(denominator_sum_squares) - sum(denominator_sum) * sum(denominator_sum) / nullif(sum(units), 0), 0)
        as denominator_centred_sum_squares,
    sum(cross_product_sum) - sum(total) * sum(denominator_sum) / nullif(sum(units), 0) as centred_cross_products
from centred
group by experiment_id, segment_dimension, segment, metric_id, variant_id, allocation_epoch
