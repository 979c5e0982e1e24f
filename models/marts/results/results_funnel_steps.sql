with

comparisons as (
    select
        *,
        {{ test_id(['experiment_id', 'segment_dimension', 'segment', 'metric_id', 'variant_id', 'baseline_variant_id']) }} as test_id
    from {{ ref('calc_funnel_steps') }}
)

select
    f.funnel_id,
    f.step_number,
    f.step_name,
    c.experiment_id,
    c.segment_dimension,
    c.segment,
    s.basis,
    c.variant_id,
    c.baseline_variant_id,
    c.units,
    c.baseline_units,
    c.estimate,
    c.baseline_estimate,
    c.difference,
    c.difference_low,
    c.difference_high,
    c.relative_lift,
    c.relative_lift_low,
    c.relative_lift_high,
    c.p_value,
    {{ correction_columns('t') }},
    c.probability_better,
    c.method,
    c.method_reason,
    c.note,
    c.confidence,
    c.allocation_epochs,
    -- Of those at the previous step; the variant changes who they are.
    a.conversion_from_previous,
    b.conversion_from_previous as baseline_conversion_from_previous
from comparisons as c
inner join {{ ref('int_funnel_steps') }} as f on {{ funnel_step_key('f.funnel_id', 'f.step_number') }} = c.metric_id
inner join {{ ref('calc_corrections') }} as t on t.test_id = c.test_id
inner join {{ ref('dim_segments') }} as s
    on s.experiment_id = c.experiment_id and s.segment_dimension = c.segment_dimension and s.segment = c.segment
inner join {{ ref('agg_funnel_steps') }} as a
    on a.funnel_id = f.funnel_id and a.step_number = f.step_number and a.experiment_id = c.experiment_id
    and a.segment_dimension = c.segment_dimension and a.segment = c.segment and a.variant_id = c.variant_id
inner join {{ ref('agg_funnel_steps') }} as b
    on b.funnel_id = f.funnel_id and b.step_number = f.step_number and b.experiment_id = c.experiment_id
    and b.segment_dimension = c.segment_dimension and b.segment = c.segment and b.variant_id = c.baseline_variant_id
