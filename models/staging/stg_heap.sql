{{ config(enabled='stg_heap' in var('events')) }}

-- Heap, "Heap Connect: Data Schema" (help.heap.io): `pageviews`, `sessions`, a table an event, or `all_events`. Columns that
-- Heap or the customer adds are properties.
with

records as (
    {{ tracker_records('heap', ['time'], 's_or_ms') }}
),

read as (
    select
        *,
        {{ json_struct('json', {
            'event_id': 'VARCHAR', 'user_id': 'VARCHAR', 'session_id': 'VARCHAR', 'time': 'VARCHAR', 'event_table_name': 'VARCHAR',
            'event_name': 'VARCHAR', 'identity': 'VARCHAR', 'device_type': 'VARCHAR', 'country': 'VARCHAR', 'path': 'VARCHAR',
            'utm_source': 'VARCHAR', 'utm_medium': 'VARCHAR', 'utm_campaign': 'VARCHAR', 'properties': 'JSON'
        }) }} as event
    from records
),

documents as (
    select
        *,
        {{ json_document('event.properties') }} as given_properties,
        -- A table of page views, or of sessions, is told by its name; that of an event by a column.
        {{ last_word_among('load_id', ['pageviews', 'sessions']) }} as table_name
    from read
),

mapped as (
    select
        load_id,
        json,
        raw_payload,
        {{ first_broken({'properties': 'given_properties'}) }} as problem,
        -- One moment that fits two definitions has a row in the table of each, under one id: two events.
        coalesce(event.event_id, case when table_name = 'sessions' then event.session_id end)
            || coalesce('.' || nullif(event.event_table_name, ''), '') as event_id,
        coalesce(event.event_name, event.event_table_name, case table_name when 'pageviews' then 'pageview' when 'sessions' then 'session' end)
            as event_name,
        event.time as event_time,
        cast(null as varchar) as received_time,
        -- `user_id` is Heap's own number of a visitor; who that is stands in `identity`.
        event.identity as user_id,
        event.user_id as device_id,
        event.user_id || '.' || event.session_id as tracker_session_id,
        cast(null as varchar) as sequence,
        {{ json_merge_all([
            json_object({
                'device': 'lower(event.device_type)', 'page_path': 'event.path', 'traffic_source': 'event.utm_source',
                'traffic_medium': 'event.utm_medium', 'campaign': 'event.utm_campaign'
            }),
            json_renamed(json_without('json', ['event_id', 'user_id', 'session_id', 'time', 'event_table_name', 'event_name', 'identity', 'properties'])),
            json_renamed('given_properties')
        ]) }} as properties
    from documents
),

-- Files in S3 tell times in milliseconds since 1970.
{{ tracker_events({'event_time': 's_or_ms'}) }}
