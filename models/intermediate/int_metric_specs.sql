-- What to count for each metric of each experiment: one row for the values, one for the denominators
-- of a ratio, and one for the covariate: the same before the exposure.
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
    case when measure in ('sum', 'ratio') then value_property end as value_property, window_start_seconds, window_end_seconds
from metrics
union all
select
    experiment_id, unit_type, metric_id, measure, 'denominator', denominator_event_name, null, null, null,
    denominator_value_property, window_start_seconds, window_end_seconds
from metrics
where kind = 'ratio'
union all
select
    experiment_id, unit_type, metric_id, measure, 'covariate', event_name, property, operator, value,
    case when kind = 'sum' then value_property end, -covariate_seconds, 0
from metrics
where covariate_seconds is not null
