select * from {{ ref('calc_replication') }}
