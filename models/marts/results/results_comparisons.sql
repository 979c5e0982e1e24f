with

comparisons as (
    select
        *,
        {{ test_id(['experiment_id', 'segment_dimension', 'segment', 'metric_id', 'variant_id', 'baseline_variant_id']) }} as test_id
    from {{ ref('calc_comparisons') }}
)

select
    c.experiment_id,
    c.segment_dimension,
    c.segment,
    s.basis,
    c.metric_id,
    m.role,
    c.kind,
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
    c.odds_ratio,
    c.odds_ratio_low,
    c.odds_ratio_high,
    c.effect_size,
    c.effect_size_name,
    c.p_value,
    c.omnibus_p_value,
    t.p_tested,
    {{ correction_columns('t') }},
    -- Of a planned effect what the plan says: of its direction, its margin and its stopping rule.
    coalesce(
        h.verdict,
        case
            when not coalesce(t.is_significant, false) then 'inconclusive'
            when (c.difference > 0) = (d.better = 'higher') then 'better'
            else 'worse'
        end
    ) as verdict,
    c.probability_better,
    c.expected_loss,
    c.posterior,
    c.variance_reduction,
    c.method,
    c.method_reason,
    c.note,
    c.confidence,
    c.allocation_epochs
from comparisons as c
inner join {{ ref('calc_corrections') }} as t on t.test_id = c.test_id
inner join {{ ref('dim_metrics') }} as d on d.metric_id = c.metric_id
inner join {{ ref('int_experiment_metrics') }} as m on m.experiment_id = c.experiment_id and m.metric_id = c.metric_id
left join {{ ref('results_hypotheses') }} as h
    on h.experiment_id = c.experiment_id and h.metric_id = c.metric_id and h.variant_id = c.variant_id
    and h.baseline_variant_id = c.baseline_variant_id and c.segment_dimension = 'all'
inner join {{ ref('dim_segments') }} as s
    on s.experiment_id = c.experiment_id and s.segment_dimension = c.segment_dimension and s.segment = c.segment
