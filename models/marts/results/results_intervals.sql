select * from {{ ref('calc_intervals') }}
