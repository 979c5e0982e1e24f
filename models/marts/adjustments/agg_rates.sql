select * from {{ ref('calc_rates') }}
