-- depends_on: {{ ref('validate_aggregates') }}
with

-- `all` is every experiment × unit.
sums as (
    select * from {{ ref('int_cluster_sums') }}
    union all
    select 'all', clustering_id, cluster, position, sum(members), sum(known), sum(total), sum(transformed_total)
    from {{ ref('int_cluster_sums') }}
    where experiment_id != 'all'
    group by clustering_id, cluster, position
),

described as (
    select
        t.experiment_id,
        t.clustering_id,
        t.cluster,
        {{ element('m.signals', 't.position') }} as signal,
        t.known / t.members as known_share,
        cast(t.total as double) / nullif(t.known, 0) as mean,
        case when {{ element('m.scales', 't.position') }} > 0 then
            (cast(t.transformed_total as double) / nullif(t.known, 0) - {{ element('m.means', 't.position') }}) / {{ element('m.deviations', 't.position') }}
        end as standardised_mean
    from sums as t
    inner join {{ ref('calc_cluster_fits') }} as m on m.clustering_id = t.clustering_id and m.is_chosen
)

select
    *,
    rank() over (partition by experiment_id, clustering_id, signal order by mean desc nulls last) as rank_of_mean
from described
