with

totals as (
    select
        experiment_id,
        segment_dimension,
        segment,
        metric_id,
        kind,
        variant_id,
        cast(sum(units) as bigint) as units,
        cast(sum(successes) as bigint) as successes,
        {{ ordered_sum('value_sum', 'allocation_epoch') }} as value_sum,
        {{ pooled_products('centred_sum_squares', 'value_sum', 'value_sum') }} as centred_sum_squares,
        {{ ordered_sum('denominator_sum', 'allocation_epoch') }} as denominator_sum,
        {{ pooled_products('denominator_centred_sum_squares', 'denominator_sum', 'denominator_sum') }}
            as denominator_centred_sum_squares,
        {{ pooled_products('centred_cross_products', 'value_sum', 'denominator_sum') }} as centred_cross_products,
        {{ ordered_sum('covariate_sum', 'allocation_epoch') }} as covariate_sum,
        {{ pooled_products('covariate_centred_sum_squares', 'covariate_sum', 'covariate_sum') }} as covariate_centred_sum_squares,
        {{ pooled_products('covariate_cross_products', 'value_sum', 'covariate_sum') }} as covariate_cross_products,
        count(*) as allocation_epochs
    from {{ ref('int_variant_strata') }}
    where units > 0
    group by experiment_id, segment_dimension, segment, metric_id, kind, variant_id
)

select
    t.experiment_id,
    t.segment_dimension,
    t.segment,
    s.basis,
    s.is_large_enough,
    t.metric_id,
    t.kind,
    t.variant_id,
    t.units,
    t.successes,
    t.value_sum,
    case when t.kind = 'ratio' then t.value_sum / nullif(t.denominator_sum, 0) else t.value_sum / t.units end as mean,
    greatest(t.centred_sum_squares, 0) as centred_sum_squares,
    t.denominator_sum,
    greatest(t.denominator_centred_sum_squares, 0) as denominator_centred_sum_squares,
    t.centred_cross_products,
    t.covariate_sum,
    greatest(t.covariate_centred_sum_squares, 0) as covariate_centred_sum_squares,
    t.covariate_cross_products,
    t.allocation_epochs
from totals as t
inner join {{ ref('dim_segments') }} as s
    on s.experiment_id = t.experiment_id and s.segment_dimension = t.segment_dimension and s.segment = t.segment
