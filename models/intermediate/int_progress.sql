-- How far each experiment is: whether its planned end has passed and how many units' windows are still open.
with

units as (
    select
        u.experiment_id,
        count(*) filter (where not u.is_ripe) as unripe_units
    from {{ ref('int_unit_metrics') }} as u
    inner join {{ ref('int_experiment_metrics') }} as m
        on m.experiment_id = u.experiment_id and m.metric_id = u.metric_id and m.role = 'primary'
    group by u.experiment_id
)

select
    e.experiment_id,
    e.ends_at,
    a.as_of,
    coalesce(e.ends_at <= a.as_of, false) as has_ended,
    coalesce(u.unripe_units, 0) as unripe_units
from {{ ref('dim_experiments') }} as e
cross join {{ ref('int_as_of') }} as a
left join units as u on u.experiment_id = e.experiment_id
