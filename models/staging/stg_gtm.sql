{{ config(enabled='stg_gtm' in var('events')) }}

-- Google, "The data layer" (developers.google.com/tag-platform/tag-manager/datalayer) and "Measure ecommerce". A push has no
-- time and no visitor of its own: who collects it adds them (docs/trackers.md has the snippet).
with

records as (
    {{ tracker_records('gtm', ['received_at', 'timestamp', '$."gtm.start"'], 's_or_ms') }}
),

read as (
    select
        *,
        {{ json_struct('json', {
            'event': 'VARCHAR', 'gtm.uniqueEventId': 'VARCHAR', 'gtm.start': 'VARCHAR', 'event_id': 'VARCHAR', 'timestamp': 'VARCHAR',
            'received_at': 'VARCHAR', 'user_id': 'VARCHAR', 'client_id': 'VARCHAR', 'session_id': 'VARCHAR', 'page_location': 'VARCHAR',
            'user_agent': 'VARCHAR', 'ecommerce': 'JSON', 'user_properties': 'JSON'
        }) }} as push
    from records
),

documents as (
    select
        *,
        {{ json_document('push.ecommerce') }} as ecommerce,
        {{ json_document('push.user_properties') }} as user_properties,
        coalesce(push.timestamp, push."gtm.start") as event_time
    from read
),

mapped as (
    select
        load_id,
        json,
        raw_payload,
        {{ first_broken({'ecommerce': 'ecommerce', 'user_properties': 'user_properties'}) }} as problem,
        -- The push's number starts anew on every page, so the visitor and the time are part of the id.
        coalesce(nullif(trim(push.event_id), ''), {{ fingerprint(['push.client_id', 'push.user_id', 'push.event', 'push."gtm.uniqueEventId"',
            'event_time', 'json']) }}) as event_id,
        -- A push without event only changes the layer; Tag Manager lists it as a message.
        case when push.event is null then 'message' else push.event end as event_name,
        event_time,
        push.received_at as received_time,
        push.user_id as user_id,
        push.client_id as device_id,
        coalesce(push.client_id, push.user_id) || '.' || push.session_id as tracker_session_id,
        push."gtm.uniqueEventId" as sequence,
        {{ json_merge_all([
            json_object({'page_url': 'push.page_location', 'page_path': url_path('push.page_location')}),
            json_renamed('user_properties', 'user_'),
            json_renamed(json_without('json', ['event', 'event_id', 'timestamp', 'received_at', 'user_id', 'client_id', 'session_id',
                'ecommerce', 'user_properties', 'gtm.uniqueEventId', 'gtm.start'])),
            json_renamed('ecommerce', 'ecommerce_')
        ]) }} as properties
    from documents
),

{{ tracker_events({'event_time': 's_or_ms', 'received_time': 's_or_ms'}) }}
