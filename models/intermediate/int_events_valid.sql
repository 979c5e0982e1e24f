-- The events that count, each once, with the person behind them.
with

valid as (
    select
        event_id, event_name, event_time, received_time, user_id, device_id, tracker_session_id, sequence, properties, load_id
    from {{ ref('int_events_checked') }} as c
    where quarantine_reason is null and exclusion_reason is null
        and not exists (select 1 from {{ ref('int_event_repeats') }} as r where r.event_id = c.event_id)

    union all
    select
        event_id, event_name, event_time, received_time, user_id, device_id, tracker_session_id, sequence, properties, load_id
    from {{ ref('int_event_repeats') }}
    where status = 'valid'
)

select
    v.*,
    coalesce(v.user_id, i.user_id, v.device_id) as person_id
from valid as v
left join {{ ref('int_identity') }} as i on i.device_id = v.device_id
