-- An effect that was observed counts by what shrinkage leaves of it, and as a gain where the metric is better so.
with

effects as (
    select
        c.*,
        s.effect_size * case m.better when 'lower' then -1 else 1 end as observed_effect,
        1 - k.shrinkage as kept_share
    from {{ ref('int_candidates') }} as c
    left join {{ ref('results_comparisons') }} as s
        on s.experiment_id = c.experiment_id and s.segment_dimension = 'all' and s.metric_id = c.metric_id and s.variant_id = c.variant_id
    left join {{ ref('results_segments_shrunk') }} as k
        on k.experiment_id = s.experiment_id and k.segment_dimension = 'all' and k.metric_id = s.metric_id and k.variant_id = s.variant_id
        and k.baseline_variant_id = s.baseline_variant_id
    left join {{ ref('dim_metrics') }} as m on m.metric_id = c.metric_id
),

scored as (
    select *, coalesce(expected_effect, observed_effect * kept_share) as effect
    from effects
)

select
    rank() over (order by effect * feasibility * alignment desc nulls last) as place,
    candidate_id,
    candidate_name,
    effect * feasibility * alignment as score,
    effect,
    case when experiment_id is null then 'expected' else 'observed' end as effect_source,
    observed_effect,
    kept_share,
    feasibility,
    alignment,
    experiment_id,
    metric_id,
    variant_id,
    case when effect is null then 'no score: the experiment has no effect on the metric that could be shrunk yet' end as note,
    description
from scored
