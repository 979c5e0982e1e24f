-- Which events each experiment lives by: its exposures, those of its metrics, and the steps of funnels that count the
-- exposed. An experiment without an exposure rule has a row without an event, unless its units or counts come by a door.
with

experiments as (
    select experiment_id
    from {{ ref('dim_experiments') }}
    where experiment_id not in (select experiment_id from {{ ref('int_units_checked') }} where experiment_id is not null)
        and experiment_id not in (select experiment_id from {{ ref('int_counts_checked') }} where experiment_id is not null)
),

exposures as (
    select e.experiment_id, 'exposure' as role, r.rule_id as name, r.event_name, r.property, r.operator, r.value as operand,
        r.variant_property as read_property, r.variant_id
    from experiments as e
    left join {{ ref('int_exposure_rules') }} as r on r.experiment_id = e.experiment_id
),

metrics as (
    select e.experiment_id, case m.part when 'value' then 'metric' else 'denominator' end as role, m.metric_id as name, m.event_name,
        m.property, m.operator, m.operand, m.value_property as read_property, null as variant_id
    from experiments as e
    inner join {{ ref('int_metric_specs') }} as m on m.experiment_id = e.experiment_id
),

funnel_steps as (
    select e.experiment_id, 'funnel step' as role, s.funnel_id || ' ' || s.step_number as name, s.event_name, s.property, s.operator,
        s.value as operand, f.held_property as read_property, null as variant_id
    from experiments as e
    cross join {{ ref('int_funnels') }} as f
    inner join {{ ref('int_funnel_steps') }} as s on s.funnel_id = f.funnel_id
    where f.counts_whom in ('exposed', 'both')
)

select *, experiment_id || '/' || role || '/' || coalesce(name, '') as watch_id
from (
    select * from exposures
    union all
    select * from metrics
    union all
    select * from funnel_steps
) as watched
