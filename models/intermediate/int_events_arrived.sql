{{ config(materialized='view') }}

-- Valid events that are not yet part of the persons' events: what the gate checks before they are.
-- depends_on: {{ ref('int_build_states') }}
select event_id, event_name, event_time, received_time, person_id
from {{ ref('int_events_valid') }}
where version > (
    {# The model that takes them in lies downstream, so its name stands here instead of a reference. -#}
    select coalesce(max(version), -1) from {{ ref('int_build_states') }} where model = 'int_person_events'
)
