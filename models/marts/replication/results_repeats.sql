select * from {{ ref('calc_repeats') }}
