{{ config(enabled='stg_mixpanel' in var('events')) }}

-- Mixpanel, "Event Export API" (docs.mixpanel.com/reference/raw-event-export) and "Json Pipelines", whose tables have the
-- common properties as columns.
with

records as (
    {{ tracker_records('mixpanel', ['$.properties.time', '$.time'], 's_or_ms') }}
),

read as (
    select
        *,
        {{ json_struct('json', {
            'event': 'VARCHAR', 'event_name': 'VARCHAR', 'time': 'VARCHAR', 'insert_id': 'VARCHAR', 'distinct_id': 'VARCHAR',
            'device_id': 'VARCHAR', 'user_id': 'VARCHAR', 'properties': 'JSON'
        }) }} as event
    from records
),

documents as (
    select *, {{ json_document('event.properties') }} as given from read
),

judged as (
    select
        *,
        {{ first_broken({'properties': 'given'}) }} as problem,
        case when {{ json_is_object('given') }} then {{ json_struct('given', {
            'time': 'VARCHAR', '$insert_id': 'VARCHAR', 'distinct_id': 'VARCHAR', '$device_id': 'VARCHAR', '$user_id': 'VARCHAR',
            '$identified_id': 'VARCHAR', '$anon_id': 'VARCHAR', 'mp_processing_time_ms': 'VARCHAR', 'mp_country_code': 'VARCHAR',
            '$current_url': 'VARCHAR', '$referrer': 'VARCHAR', 'utm_source': 'VARCHAR', 'utm_medium': 'VARCHAR',
            'utm_campaign': 'VARCHAR'
        }) }} end as property
    from documents
),

identified as (
    select
        *,
        coalesce(event.event, event.event_name) as event_name,
        coalesce(property."$insert_id", event.insert_id) as insert_id,
        coalesce(property.time, event.time) as event_time,
        coalesce(property.distinct_id, event.distinct_id) as distinct_id,
        coalesce(property."$user_id", property."$identified_id", event.user_id) as known_user,
        coalesce(property."$device_id", property."$anon_id", event.device_id) as known_device
    from judged
),

mapped as (
    select
        load_id,
        json,
        raw_payload,
        problem,
        coalesce(nullif(trim(insert_id), ''), {{ fingerprint(['event_name', 'distinct_id', 'event_time', 'given']) }}) as event_id,
        event_name,
        event_time,
        property.mp_processing_time_ms as received_time,
        -- With simplified id merge `distinct_id` is `$device:` and the device until the user is known; with the older
        -- systems it is the one id that Mixpanel keeps of a person.
        coalesce(known_user, case when not starts_with(distinct_id, '$device:') and distinct_id is distinct from known_device then distinct_id end)
            as user_id,
        coalesce(known_device, case when starts_with(distinct_id, '$device:') then substr(distinct_id, 9) end) as device_id,
        cast(null as varchar) as tracker_session_id,
        cast(null as varchar) as sequence,
        {{ json_merge_all([
            json_object({
                'country': 'property.mp_country_code', 'page_url': 'property."$current_url"',
                'page_path': url_path('property."$current_url"'), 'traffic_source': 'property.utm_source',
                'traffic_medium': 'property.utm_medium', 'campaign': 'property.utm_campaign'
            }),
            json_renamed(json_without('given', ['time', '$insert_id', 'distinct_id', '$device_id', '$user_id', '$identified_id', '$anon_id', 'mp_processing_time_ms']))
        ]) }} as properties
    from identified
),

{{ tracker_events({'event_time': 's_or_ms', 'received_time': 's_or_ms'}, zone=known_zone('mixpanel_time_zone')) }}
