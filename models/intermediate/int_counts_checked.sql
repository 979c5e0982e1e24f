-- Every row of the counts door, judged. Totals of one cell given twice: the same twice is a repeat; two different
-- ones cannot both be right, and nothing says which is, so both are set aside.
with

counts as (
    select
        {{ all_but(['segment_dimension', 'segment']) }},
        coalesce(segment_dimension, 'all') as segment_dimension,
        coalesce(segment, 'all') as segment,
        {{ fingerprint(['units', 'successes', 'value_sum', 'centred_sum_squares', 'value_sum_squares', 'denominator_sum',
            'denominator_sum_squares', 'cross_product_sum', 'covariate_sum', 'covariate_sum_squares', 'covariate_product_sum']) }} as payload_fingerprint
    from {{ ref('input_counts') }}
),

experiments as (select experiment_id, starts_at, ends_at from {{ ref('dim_experiments') }}),

judged as (
    select
        c.*,
        case
            when c.defect is not null then c.defect
            when e.experiment_id is null then 'unknown_experiment'
            when v.variant_id is null then 'unknown_variant'
            when m.metric_id is null then 'unknown_metric'
            when {{ in_future('c.day') }} then 'exposed_in_future'
            when c.day < {{ time_of_variable('plausible_from') }} then 'before_plausible_date'
            when c.day < cast(e.starts_at as date) or c.day >= e.ends_at then 'outside_experiment_period'
            when c.units < 0 then 'negative_units'
            when d.kind = 'conversion' and c.successes is null then 'missing_successes'
            when d.kind = 'conversion' and not c.successes between 0 and c.units then 'successes_outside_0_to_units'
            when d.kind != 'conversion' and c.value_sum is null then 'missing_value_sum'
            when d.kind != 'conversion' and c.centred_sum_squares is null and c.value_sum_squares is null then 'missing_sum_squares'
            when not {{ is_finite('coalesce(c.value_sum, 0) + coalesce(c.value_sum_squares, 0) + coalesce(c.centred_sum_squares, 0)'
                ~ ' + coalesce(c.denominator_sum, 0) + coalesce(c.denominator_sum_squares, 0) + coalesce(c.cross_product_sum, 0)'
                ~ ' + coalesce(c.covariate_sum, 0) + coalesce(c.covariate_sum_squares, 0) + coalesce(c.covariate_product_sum, 0)') }}
                then 'value_not_finite'
            when c.centred_sum_squares < 0 then 'negative_sum_squares'
            when c.value_sum_squares * c.units < c.value_sum * c.value_sum * (1 - 1e-9) then 'sum_squares_below_possible'
            when d.kind = 'ratio' and (c.denominator_sum is null or c.denominator_sum_squares is null or c.cross_product_sum is null)
                then 'missing_denominator'
            when d.kind = 'quantile' then 'quantile_of_totals'
            when d.covariate_seconds is not null and (c.covariate_sum is null) != (c.covariate_sum_squares is null or c.covariate_product_sum is null)
                then 'missing_covariate'
            when c.covariate_sum_squares * c.units < c.covariate_sum * c.covariate_sum * (1 - 1e-9) then 'sum_squares_below_possible'
            -- Products beyond what the squares allow (Cauchy–Schwarz), by more than rounding.
            when power(c.covariate_product_sum - c.value_sum * c.covariate_sum / nullif(c.units, 0), 2)
                > coalesce(c.centred_sum_squares, c.value_sum_squares - c.value_sum * c.value_sum / nullif(c.units, 0))
                * (c.covariate_sum_squares - c.covariate_sum * c.covariate_sum / nullif(c.units, 0))
                + 1e-6 * (1 + power(c.covariate_product_sum, 2)) then 'products_beyond_possible'
        end as quarantine_reason
    from counts as c
    left join experiments as e on e.experiment_id = c.experiment_id
    left join {{ ref('dim_variants') }} as v on v.experiment_id = c.experiment_id and v.variant_id = c.variant_id
    left join {{ ref('int_experiment_metrics') }} as m on m.experiment_id = c.experiment_id and m.metric_id = c.metric_id
    left join {{ ref('dim_metrics') }} as d on d.metric_id = c.metric_id
),

placed as (
    select
        *,
        row_number() over (same_cell order by payload_fingerprint, load_id) as place,
        min(payload_fingerprint) over (same_cell) != max(payload_fingerprint) over (same_cell) as is_contradicted
    from judged
    window same_cell as (
        partition by experiment_id, variant_id, metric_id, day, segment_dimension, segment, quarantine_reason is null
    )
)

select
    {{ all_but(['place', 'is_contradicted', 'quarantine_reason', 'defect']) }},
    case when quarantine_reason is null and is_contradicted then 'contradictory_counts' else quarantine_reason end
        as quarantine_reason,
    case
        when quarantine_reason is not null or is_contradicted then 'quarantined'
        when place = 1 then 'valid'
        else 'duplicate'
    end as status
from placed
