-- The counts door as sufficient statistics, days of one allocation epoch together.
with

counts as (
    select
        {{ all_but(['covariate_sum', 'covariate_sum_squares', 'covariate_product_sum'], 'c') }},
        -- A covariate that the metric does not declare is not used.
        case when m.covariate_seconds is not null then c.covariate_sum end as covariate_sum,
        case when m.covariate_seconds is not null then c.covariate_sum_squares end as covariate_sum_squares,
        case when m.covariate_seconds is not null then c.covariate_product_sum end as covariate_product_sum,
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
    sum(cross_product_sum) - sum(total) * sum(denominator_sum) / nullif(sum(units), 0) as centred_cross_products,
    sum(covariate_sum) as covariate_sum,
    greatest(sum(covariate_sum_squares) - sum(covariate_sum) * sum(covariate_sum) / nullif(sum(units), 0), 0)
        as covariate_centred_sum_squares,
    sum(covariate_product_sum) - sum(total) * sum(covariate_sum) / nullif(sum(units), 0) as covariate_cross_products
from centred
group by experiment_id, segment_dimension, segment, metric_id, variant_id, allocation_epoch
