-- depends_on: {{ ref('definition_problems') }}
-- A row for '*' stands for every experiment that does not name the metric itself.
with

named as (
    select experiment_id, metric_id, role, 1 as precedence
    from {{ definition('experiment_metrics') }}
    where experiment_id != '*'

    union all
    select e.experiment_id, m.metric_id, m.role, 2
    from {{ definition('experiment_metrics') }} as m
    cross join {{ ref('dim_experiments') }} as e
    where m.experiment_id = '*'
)

select experiment_id, metric_id, {{ first_by('role', 'precedence') }} as role
from named
group by experiment_id, metric_id
