select * from {{ ref('calc_factorial_effects') }}
