select * from {{ ref('calc_patterns') }}
