-- depends_on: {{ ref('validate_aggregates') }}
with

members as (
    select experiment_id, clustering_id, cluster, max(members) as members
    from {{ ref('int_cluster_sums') }}
    group by experiment_id, clustering_id, cluster
),

sized as (
    select * from members
    union all
    select 'all', clustering_id, cluster, sum(members) from members where experiment_id != 'all' group by clustering_id, cluster
),

fitted as (
    select clustering_id, {{ explode('clusters') }} as cluster, {{ explode('shares') }} as share_when_fitted
    from {{ ref('calc_cluster_fits') }}
    where is_chosen
)

select
    s.experiment_id,
    s.clustering_id,
    s.cluster,
    n.cluster_name,
    c.basis,
    c.basis = 'pre_exposure' as may_enter_inference,
    cast(s.members as bigint) as members,
    s.members / sum(s.members) over (partition by s.experiment_id, s.clustering_id) as share,
    f.share_when_fitted
from sized as s
inner join {{ ref('int_clusterings') }} as c on c.clustering_id = s.clustering_id
inner join {{ ref('int_cluster_names') }} as n on n.clustering_id = s.clustering_id and n.cluster = s.cluster
inner join fitted as f on f.clustering_id = s.clustering_id and f.cluster = s.cluster
