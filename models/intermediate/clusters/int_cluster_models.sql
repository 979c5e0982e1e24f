{{ config(tags=['definition']) }}

-- What scores a point. As a definition, its rows are part of the signature of the scores: a new fit scores all anew.
select clustering_id, signals, transforms, means, scales, clusters, centroids
from {{ ref('calc_cluster_fits') }}
where is_chosen
