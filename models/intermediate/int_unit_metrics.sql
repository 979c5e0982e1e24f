{{ config(materialized='view') }}

-- Every metric of every exposed unit, and whether it is ripe: whether its window has closed by now.
select
    u.*,
    coalesce(u.ripe_at <= a.as_of, true) as is_ripe
from {{ ref('int_unit_values') }} as u
cross join {{ ref('int_as_of') }} as a
