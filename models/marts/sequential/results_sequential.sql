-- A past look is told as it was first computed, under the plan that holds now; when each rule stops follows from its looks.
with

current_looks as (select * from {{ ref('calc_sequential') }}),

looks as (
    select l.*
    from {{ ref('int_sequential_log') }} as l
    where exists (select 1 from current_looks as c where {{ same_look('c', 'l') }})
)

select
    {{ all_but(['logged_at', 'plan_id'], 'l') }},
    min(l.look) filter (where l.is_crossed) over by_rule as first_crossed_look,
    min(l.look_at) filter (where l.is_crossed) over by_rule as first_crossed_at,
    coalesce(min(l.look_at) filter (where l.is_crossed) over by_rule <= l.look_at, false) as has_stopped
from looks as l
window by_rule as (partition by l.experiment_id, l.metric_id, l.variant_id, l.baseline_variant_id, l.rule)
