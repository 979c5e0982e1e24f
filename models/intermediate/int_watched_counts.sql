-- The last `prelaunch_days` of watched events, with those of staff (who try things out before a launch), counted by what is
-- read of them. Each property is read once, however many experiments watch it.
with

since as (select {{ add_seconds('as_of', -86400 * var('prelaunch_days')) }} as since, as_of from {{ ref('int_as_of') }}),

readings as (
    select distinct
        event_name,
        coalesce(property, '') as property,
        coalesce(read_property, '') as read_property,
        role = 'exposure' as is_exposure,
        -- Sums need a number; a variant and a property that steps share are texts.
        role in ('metric', 'denominator') and read_property is not null as is_number
    from {{ ref('int_watched_events') }}
    where event_name is not null
),

recent as (
    select event_name, event_time, properties, device_id, session_id, false as is_internal
    from {{ ref('int_person_events') }}
    where event_time > (select since from since)

    union all
    select event_name, event_time, properties, coalesce(device_id, ''), coalesce(tracker_session_id, ''), true
    from {{ ref('int_events_checked') }}
    where exclusion_reason = 'internal' and event_time > (select since from since) and received_time <= (select as_of from since)
),

read_events as (
    select
        r.*,
        e.event_time,
        e.is_internal,
        e.device_id is null as lacks_device,
        e.session_id is null as lacks_session,
        {{ json_text('e.properties', "nullif(r.property, '')") }} as actual,
        {{ json_text('e.properties', "nullif(r.read_property, '')") }} as found
    from recent as e
    inner join readings as r on r.event_name = e.event_name
)

select
    event_name,
    property,
    read_property,
    is_exposure,
    is_number,
    actual,
    case when is_exposure then found end as variant_id,
    count(*) as events,
    count(*) filter (where is_internal) as internal_events,
    count(*) filter (where case when is_number then try_cast(found as decimal(18, 6)) is null else found is null end) as events_not_read,
    count(*) filter (where lacks_device) as events_without_device,
    count(*) filter (where lacks_session) as events_without_session,
    max(event_time) as last_event_at
from read_events
group by event_name, property, read_property, is_exposure, is_number, actual, case when is_exposure then found end
