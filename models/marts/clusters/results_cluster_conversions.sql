select * from {{ ref('calc_cluster_conversions') }}
