-- depends_on: {{ ref('validate_aggregates') }}
select
    clustering_id, method, basis, fit_number, number_of_clusters, sample_size, silhouette, within_sum_of_squares, smallest_share, stability,
    is_chosen, reason
from {{ ref('calc_cluster_fits') }}
