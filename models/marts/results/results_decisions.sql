select * from {{ ref('calc_decisions') }}
