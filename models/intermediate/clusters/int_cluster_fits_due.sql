-- Whether the stored fit of a clustering is still good: it is, until the definition changes or a new one is asked for.
with

stored as (
    select clustering_id, max(fit_number) as fit_number, {{ last_by('signature', 'fit_number') }} as signature
    from {{ ref('cluster_fits') }}
    group by clustering_id
)

select
    c.clustering_id,
    c.basis,
    c.method,
    c.minimum_clusters,
    c.maximum_clusters,
    c.sample_size,
    c.seed,
    c.signature,
    {{ 'true' if var('refit_clusters') else 'coalesce(s.signature != c.signature, true)' }} as is_due,
    coalesce(s.fit_number, 0) as stored_fit
from {{ ref('int_clusterings') }} as c
left join stored as s on s.clustering_id = c.clustering_id
