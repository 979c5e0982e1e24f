-- What the members of a cluster did, signal by signal, as sums of decimals: the same in any order.
with

members as (
    select p.experiment_id, p.clustering_id, c.cluster, p.point
    from {{ ref('int_unit_points') }} as p
    inner join {{ ref('unit_clusters') }} as c
        on c.clustering_id = p.clustering_id and c.experiment_id = p.experiment_id and c.unit_id = p.unit_id

    union all
    select 'all', p.clustering_id, c.cluster, p.point
    from {{ ref('int_session_points') }} as p
    inner join {{ ref('session_clusters') }} as c on c.clustering_id = p.clustering_id and c.session_id = p.session_id
),

valued as (
    select experiment_id, clustering_id, cluster, {{ explode(each_position('point', 'i')) }} as position, {{ explode('point') }} as value
    from members
)

select
    v.experiment_id,
    v.clustering_id,
    v.cluster,
    v.position,
    count(*) as members,
    count(v.value) as known,
    sum(cast(v.value as decimal(28, 9))) as total,
    sum(cast({{ transformed('v.value', 's.transform') }} as decimal(28, 9))) as transformed_total
from valued as v
inner join {{ ref('int_clustering_signals') }} as s on s.clustering_id = v.clustering_id and s.position = v.position
group by v.experiment_id, v.clustering_id, v.cluster, v.position
