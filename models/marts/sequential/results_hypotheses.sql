-- The plan and what has come of it. A sequential test is read at the look at which it stopped, else at its last one; a
-- fixed-horizon test is read now, corrected within its family.
with

hypotheses as (
    select
        *,
        {{ test_id(['experiment_id', "'all'", "'all'", 'metric_id', 'variant_id', 'baseline_variant_id']) }} as test_id
    from {{ ref('calc_hypotheses') }}
),

looks as (
    select
        *,
        row_number() over (
            partition by experiment_id, metric_id, variant_id, baseline_variant_id
            order by look_at = first_crossed_at desc nulls last, look_at desc
        ) as place
    from {{ ref('results_sequential') }}
    where is_declared
)

select
    h.hypothesis_id,
    h.experiment_id,
    h.metric_id,
    h.variant_id,
    h.baseline_variant_id,
    h.direction,
    h.non_inferiority_lift,
    p.smallest_lift,
    p.power,
    p.stopping_rule,
    l.look,
    l.look_at,
    p.looks as planned_looks,
    case
        when p.stopping_rule = 'fixed_horizon' then 'read once'
        when l.has_stopped then 'stopped'
        when l.is_last_look then 'over'
        else 'running'
    end as state,
    coalesce(l.units, h.units) as units,
    coalesce(l.baseline_units, h.baseline_units) as baseline_units,
    coalesce(l.estimate, h.estimate) as estimate,
    coalesce(l.baseline_estimate, h.baseline_estimate) as baseline_estimate,
    {%- for name in ['difference', 'relative_lift'] %}{% for end in ['', '_low', '_high'] %}
    case when l.look is null then h.{{ name ~ end }} else l.{{ name ~ end }} end as {{ name ~ end }},
    {%- endfor %}{% endfor %}
    case when l.look is null then h.p_value else l.p_value end as p_value,
    case when l.look is null then h.confidence else l.confidence end as confidence,
    {{ correction_columns('t') }},
    case when l.look is null then h.probability_better else l.probability_better end as probability_better,
    case
        when p.stopping_rule != 'fixed_horizon' then case when l.has_stopped then l.verdict else 'inconclusive' end
        when not coalesce(t.is_significant, false) then 'inconclusive'
        when h.non_inferiority_lift is not null then case when (h.direction = 'increase') = (d.better = 'higher') then 'not worse' else 'not better' end
        when (h.difference > 0) = (d.better = 'higher') then 'better'
        else 'worse'
    end as verdict,
    coalesce(l.method, h.method) as method,
    coalesce(l.method_reason, h.method_reason) as method_reason,
    case when l.look is null and p.stopping_rule != 'fixed_horizon' then 'no planned look yet: read now' else coalesce(l.note, h.note) end as note
from hypotheses as h
inner join {{ ref('int_hypotheses') }} as p on p.hypothesis_id = h.hypothesis_id
inner join {{ ref('dim_metrics') }} as d on d.metric_id = h.metric_id
inner join {{ ref('calc_corrections') }} as t on t.test_id = h.test_id
left join looks as l
    on l.place = 1 and p.stopping_rule != 'fixed_horizon' and l.experiment_id = h.experiment_id and l.metric_id = h.metric_id
    and l.variant_id = h.variant_id and l.baseline_variant_id = h.baseline_variant_id
