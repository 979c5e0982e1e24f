select * from {{ ref('calc_health') }}
