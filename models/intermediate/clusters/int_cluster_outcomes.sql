-- depends_on: {{ ref('validate_exposures') }}
-- Primary conversions of the units of each cluster whose window has closed, all variants together.
select
    c.experiment_id,
    c.clustering_id,
    c.cluster,
    m.metric_id,
    c.basis,
    count(*) as units,
    cast(sum(m.value) as bigint) as successes
from {{ ref('unit_clusters') }} as c
inner join {{ ref('int_unit_metrics') }} as m on m.experiment_id = c.experiment_id and m.unit_id = c.unit_id
inner join {{ ref('int_experiment_metrics') }} as e on e.experiment_id = m.experiment_id and e.metric_id = m.metric_id
inner join {{ ref('dim_metrics') }} as d on d.metric_id = m.metric_id
where e.role = 'primary' and d.kind = 'conversion' and m.is_ripe and m.value is not null
group by c.experiment_id, c.clustering_id, c.cluster, m.metric_id, c.basis
