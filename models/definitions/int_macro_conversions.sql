-- The conversion that each experiment is about: its primary metric, where that is a conversion of events. Of several the
-- first by name. An experiment whose primary metric is something else has none.
select em.experiment_id, min(em.metric_id) as metric_id
from {{ ref('int_experiment_metrics') }} as em
inner join {{ ref('dim_metrics') }} as m on m.metric_id = em.metric_id
where em.role = 'primary' and m.kind = 'conversion' and m.event_name is not null
group by em.experiment_id
