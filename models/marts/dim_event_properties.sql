-- depends_on: {{ ref('definition_problems') }}
-- A row for '*' stands for every event that does not name the property itself.
with

named as (
    select *, event_name as for_event, 1 as precedence
    from {{ definition('event_properties') }}
    where event_name != '*'

    union all
    select p.*, e.event_name, 2
    from {{ definition('event_properties') }} as p
    cross join {{ ref('dim_events') }} as e
    where p.event_name = '*'
),

ranked as (
    select *, row_number() over (partition by for_event, property order by precedence) as place
    from named
)

select
    for_event as event_name,
    property,
    type,
    coalesce(cast(is_required as boolean), false) as is_required,
    cast(minimum as double) as minimum,
    cast(maximum as double) as maximum,
    accepted,
    severity,
    description
from ranked
where place = 1
