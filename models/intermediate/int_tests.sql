-- Every test with its family. What the analysis plan names is confirmatory. Of an experiment without any plan, the
-- primary metric's overall effect is a family of its own, which is not called confirmatory; all else is exploratory.
-- In a hierarchical family the overall effect and the interaction with a dimension open the tests on its segments.
with

tests as (
    select
        {{ test_id(['experiment_id', 'segment_dimension', 'segment', 'metric_id', 'variant_id', 'baseline_variant_id']) }} as test_id,
        experiment_id, metric_id, segment_dimension = 'all' as is_planned_effect, segment_dimension as plan_dimension, p_value,
        case when segment_dimension != 'all' then {{ test_id(['experiment_id', "'all'", "'all'", 'metric_id', 'variant_id', 'baseline_variant_id']) }}
        end as effect_test_id,
        case when segment_dimension != 'all' then {{ test_id(['experiment_id', 'segment_dimension', 'metric_id']) }} end as interaction_test_id
    from {{ ref('calc_comparisons') }}

    union all
    select
        {{ test_id(['experiment_id', 'segment_dimension', 'metric_id']) }},
        experiment_id, metric_id, true, segment_dimension, p_value, null, null
    from {{ ref('calc_interactions') }}
    where term = 'interaction'

    union all
    select
        {{ test_id(['experiment_id', 'metric_id', 'effect']) }},
        experiment_id, metric_id, false, 'factors', p_value, null, null
    from {{ ref('calc_factorial_effects') }}

    union all
    select
        {{ test_id(['experiment_id', 'segment_dimension', 'segment', 'metric_id', 'variant_id', 'baseline_variant_id']) }},
        experiment_id, metric_id, false, 'funnels', p_value, null, null
    from {{ ref('calc_funnel_steps') }}

    union all
    select {{ test_id(["'adjustment rule'", 'rule_id']) }}, null, null, false, 'adjustments', p_value, null, null
    from {{ ref('calc_adjustments') }}

    union all
    select
        {{ test_id(["'experiments'", 'experiment_id', 'other_experiment_id', 'metric_id']) }},
        experiment_id, metric_id, false, 'experiments', p_value, null, null
    from {{ ref('calc_experiment_interactions') }}
    where term = 'interaction'
),

planned_experiments as (select distinct experiment_id from {{ ref('int_hypotheses') }})

select
    t.test_id,
    -- A planned effect is tested in its own direction, or against its margin.
    case when own.hypothesis_id is null then t.p_value else own.p_value end as p_value,
    t.effect_test_id,
    t.interaction_test_id,
    case
        when h.hypothesis_id is not null then h.family
        when t.is_planned_effect and t.plan_dimension = 'all' and m.role = 'primary' and p.experiment_id is null
            then t.experiment_id || ': primary, not planned'
        when t.plan_dimension = 'factors' then t.experiment_id || ': factorial effects'
        when t.plan_dimension = 'funnels' then t.experiment_id || ': funnel steps'
        when t.plan_dimension = 'experiments' then t.experiment_id || ': other experiments'
        when t.plan_dimension = 'adjustments' then 'adjustment rules'
        else t.experiment_id || ': exploratory'
    end as family,
    h.hypothesis_id is not null as is_confirmatory,
    coalesce(h.correction, '{{ var("exploratory_correction") }}') as correction,
    coalesce(h.alpha, 1 - {{ var('confidence') }}) as alpha
from tests as t
left join {{ ref('int_hypotheses') }} as h
    on (t.is_planned_effect or (t.effect_test_id is not null and h.correction = 'hierarchical')) and h.experiment_id = t.experiment_id and h.metric_id = t.metric_id
    and h.segment_dimension = t.plan_dimension
left join {{ ref('calc_hypotheses') }} as own
    on own.hypothesis_id = h.hypothesis_id and t.test_id
        = {{ test_id(['own.experiment_id', "'all'", "'all'", 'own.metric_id', 'own.variant_id', 'own.baseline_variant_id']) }}
left join {{ ref('int_experiment_metrics') }} as m on m.experiment_id = t.experiment_id and m.metric_id = t.metric_id
left join planned_experiments as p on p.experiment_id = t.experiment_id
