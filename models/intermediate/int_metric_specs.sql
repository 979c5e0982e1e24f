-- What to count for each metric of each experiment: one row for the values, and one for the denominators of a ratio.
with

metrics as (
    select em.experiment_id, e.unit_type, m.*
    from {{ ref('int_experiment_metrics') }} as em
    inner join {{ ref('dim_experiments') }} as e on e.experiment_id = em.experiment_id
    inner join {{ ref('dim_metrics') }} as m on m.metric_id = em.metric_id
    where m.event_name is not null
)

select
    experiment_id, unit_type, metric_id, measure, 'value' as part, event_name, property, operator, value as operand,
    case when kind in ('sum', 'ratio') then value_property end as value_property, window_start_seconds, window_end_seconds
from metrics
union all
select
    experiment_id, unit_type, metric_id, measure, 'denominator', denominator_event_name, null, null, null,
    denominator_value_property, window_start_seconds, window_end_seconds
from metrics
where kind = 'ratio'
