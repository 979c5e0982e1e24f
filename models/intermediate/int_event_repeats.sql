-- Rows whose event id came more than once: the first received is the event, the others repeat or contradict it.
with

-- The id is looked for by itself, so that only the few rows that repeat are held with their payload.
fingerprinted as (
    select
        u.*,
        {{ fingerprint(['event_name', 'event_time', 'user_id', 'device_id', 'tracker_session_id', 'sequence', 'properties']) }}
            as payload_fingerprint,
        count(*) over (partition by event_id) as copies
    from {{ ref('int_events_checked') }} as u
    where u.event_id in (select event_id from {{ ref('int_repeated_ids') }})
        and u.quarantine_reason is null and u.exclusion_reason is null
),

ranked as (
    select
        *,
        row_number() over (partition by event_id order by received_time, payload_fingerprint, load_id) as place,
        first_value(payload_fingerprint) over (
            partition by event_id order by received_time, payload_fingerprint, load_id
        ) as first_fingerprint
    from fingerprinted
    where copies > 1
)

select
    {{ all_but(['place', 'first_fingerprint', 'copies']) }},
    case
        when place = 1 then 'valid'
        when payload_fingerprint = first_fingerprint then 'duplicate'
        else 'conflicting'
    end as status
from ranked
