select * from {{ ref('calc_stability') }}
