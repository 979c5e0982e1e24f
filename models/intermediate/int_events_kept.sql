{{ config(materialized='view') }}

-- The events that count, each once: what was neither rejected nor left out, and of an id that came more than once
-- the first received.
select event_id, event_name, event_time, received_time, user_id, device_id, tracker_session_id, sequence, properties, load_id, row_hash, version
from {{ ref('int_events_checked') }} as c
-- A join, since `not exists` would first gather the distinct ids of all events.
anti join {{ ref('int_event_repeats') }} as r on r.event_id = c.event_id
where quarantine_reason is null and exclusion_reason is null

union all
select event_id, event_name, event_time, received_time, user_id, device_id, tracker_session_id, sequence, properties, load_id, row_hash, version
from {{ ref('int_event_repeats') }}
where status = 'valid'
