{{ config(materialized='view') }}

-- Valid events that are not yet part of the persons' events: what the gate checks before they are. The build that they were
-- last taken in by is spelled out, so that the engine opens no block that is older.
-- depends_on: {{ ref('int_build_states') }}
select event_id, event_name, event_time, received_time, person_id
from {{ ref('int_events_valid') }}
where version > {{ last_build_of('int_person_events') }}
