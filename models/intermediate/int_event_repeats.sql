-- Rows whose event id came more than once: the first received is the event, the others repeat or contradict it.
with

-- The checked events are read twice, hashes of their ids first, so that only the few rows that repeat are held with their
-- payload. Two ids of one hash are told apart below.
repeated_hashes as (
    select {{ row_hash('event_id') }} as id_hash
    from {{ ref('int_events_checked') }}
    where quarantine_reason is null and exclusion_reason is null
    group by {{ row_hash('event_id') }}
    having count(*) > 1
),

fingerprinted as (
    select
        u.*,
        {{ fingerprint(['event_name', 'event_time', 'user_id', 'device_id', 'tracker_session_id', 'sequence', 'properties']) }}
            as payload_fingerprint,
        count(*) over (partition by event_id) as copies
    from {{ ref('int_events_checked') }} as u
    inner join repeated_hashes as r on r.id_hash = {{ row_hash('u.event_id') }}
    where u.quarantine_reason is null and u.exclusion_reason is null
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
