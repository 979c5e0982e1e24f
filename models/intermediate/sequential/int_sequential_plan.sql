-- By which rule each metric that decides is read. A metric without hypothesis has no rule of its own. Grain: experiment ×
-- metric.
with

pairs as (
    select
        experiment_id,
        case when control_variant_id is null then variants * (variants - 1) // 2 else variants - 1 end as pairs
    from {{ ref('dim_experiments') }}
),

families as (
    select h.family, sum(case when h.segment_dimension = 'all' then p.pairs else 1 end) as tests_in_family
    from {{ ref('int_hypotheses') }} as h
    inner join pairs as p on p.experiment_id = h.experiment_id
    group by h.family
),

plans as (
    select
        em.experiment_id,
        em.metric_id,
        h.hypothesis_id,
        coalesce(h.direction, 'two_sided') as direction,
        coalesce(h.stopping_rule, 'fixed_horizon') as stopping_rule,
        h.looks,
        h.spending_gamma,
        h.planned_units,
        h.smallest_lift,
        -- A family shares its error evenly among its tests: that holds whenever each of them stops.
        coalesce(h.alpha / greatest(f.tests_in_family, 1), 1 - {{ var('confidence') }}) as alpha,
        e.starts_at,
        {{ add_seconds('e.ends_at', 'coalesce(m.window_end_seconds, 0)') }} as last_look_at
    from {{ ref('int_experiment_metrics') }} as em
    inner join {{ ref('dim_experiments') }} as e on e.experiment_id = em.experiment_id
    inner join {{ ref('dim_metrics') }} as m on m.metric_id = em.metric_id
    left join {{ ref('int_hypotheses') }} as h
        on h.experiment_id = em.experiment_id and h.metric_id = em.metric_id and h.segment_dimension = 'all'
    left join families as f on f.family = h.family
    where m.kind != 'quantile' and (em.role = 'primary' or h.hypothesis_id is not null)
)

select
    *,
    {{ stable_hash("concat_ws('|', direction, stopping_rule, coalesce(looks, 0), coalesce(spending_gamma, 0), coalesce(planned_units, 0),
        coalesce(smallest_lift, 0), alpha, coalesce(starts_at, timestamp '1900-01-01'), coalesce(last_look_at, timestamp '1900-01-01'))") }} as plan_id
from plans
