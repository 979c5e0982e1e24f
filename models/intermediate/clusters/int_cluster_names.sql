-- A cluster in words: the up to three signals in which it is farthest from the average, over all experiments.
with

signals as (
    select s.*, coalesce(d.kind in ('count', 'distinct', 'repeats', 'returns', 'without'), s.signal in ('sessions', 'page_views')) as is_count
    from {{ ref('results_cluster_signals') }} as s
    left join {{ ref('int_signals') }} as d on d.signal = s.signal
    where s.experiment_id = 'all'
),

ranked as (
    select *, row_number() over (partition by clustering_id, cluster order by abs(standardised_mean) desc, signal) as place
    from signals
    where abs(standardised_mean) >= 0.5
),

worded as (
    select
        clustering_id,
        cluster,
        place,
        case
            when is_count and mean = 0 then 'no '
            when is_count and standardised_mean > 0 then 'many '
            when is_count then 'few '
            when standardised_mean > 0 then 'high '
            else 'low '
        end || replace(signal, '_', ' ') as words
    from ranked
    where place <= 3
),

named as (
    select clustering_id, cluster, {{ joined_text('words', "', '", 'place') }} as cluster_name
    from worded
    group by clustering_id, cluster
)

select distinct s.clustering_id, s.cluster, coalesce(n.cluster_name, 'close to the average') as cluster_name
from signals as s
left join named as n on n.clustering_id = s.clustering_id and n.cluster = s.cluster
