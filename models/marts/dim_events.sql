-- depends_on: {{ ref('definition_problems') }}
-- Where no events are listed, those whose properties are.
select
    event_name,
    coalesce(max(other_properties), 'allowed') as other_properties,
    max(description) as description
from (
    select event_name, other_properties, description from {{ definition('events') }}
    union all
    select event_name, null, null from {{ definition('event_properties') }} where event_name != '*'
) as named
group by event_name
