select * from {{ ref('calc_signals') }}
