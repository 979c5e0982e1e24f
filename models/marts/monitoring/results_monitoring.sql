select * from {{ ref('calc_monitoring') }}
