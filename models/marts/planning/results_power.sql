select p.*, m.role
from {{ ref('calc_power') }} as p
inner join {{ ref('int_experiment_metrics') }} as m on m.experiment_id = p.experiment_id and m.metric_id = p.metric_id
