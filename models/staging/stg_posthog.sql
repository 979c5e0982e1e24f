{{ config(enabled='stg_posthog' in var('events')) }}

-- PostHog, "Batch exports: events model" (posthog.com/docs/cdp/batch-exports/s3). In Parquet the properties are JSON texts.
with

records as (
    {{ tracker_records('posthog', ['created_at', 'timestamp']) }}
),

read as (
    select
        *,
        {{ json_struct('json', {
            'uuid': 'VARCHAR', 'event': 'VARCHAR', 'distinct_id': 'VARCHAR', 'timestamp': 'VARCHAR', 'created_at': 'VARCHAR',
            'properties': 'JSON', 'person_properties': 'JSON', 'set': 'JSON'
        }) }} as event
    from records
),

documents as (
    select
        *,
        {% for name in ['properties', 'person_properties', 'set'] -%}
        {{ json_document('event.' ~ name) }} as given_{{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from read
),

judged as (
    select
        *,
        {{ first_broken({'properties': 'given_properties', 'person_properties': 'given_person_properties', 'set': 'given_set'}) }} as problem,
        case when {{ json_is_object('given_properties') }} then {{ json_struct('given_properties', {
            '$session_id': 'VARCHAR', '$device_id': 'VARCHAR', '$anon_distinct_id': 'VARCHAR', '$is_identified': 'VARCHAR',
            '$device_type': 'VARCHAR', '$os': 'VARCHAR', '$browser_language': 'VARCHAR', '$raw_user_agent': 'VARCHAR',
            '$geoip_country_code': 'VARCHAR', '$current_url': 'VARCHAR', '$pathname': 'VARCHAR', '$referrer': 'VARCHAR',
            'utm_source': 'VARCHAR', 'utm_medium': 'VARCHAR', 'utm_campaign': 'VARCHAR', '$set': 'JSON'
        }) }} end as property
    from documents
),

identified as (
    select
        *,
        -- Until `identify`, the distinct id is made up for the browser; later it is the user's.
        event.distinct_id = property."$device_id" or lower(property."$is_identified") = 'false' as is_anonymous
    from judged
),

mapped as (
    select
        load_id,
        json,
        raw_payload,
        problem,
        event.uuid as event_id,
        event.event as event_name,
        event.timestamp as event_time,
        event.created_at as received_time,
        case when not coalesce(is_anonymous, false) then event.distinct_id end as user_id,
        coalesce(property."$device_id", property."$anon_distinct_id", case when is_anonymous then event.distinct_id end) as device_id,
        property."$session_id" as tracker_session_id,
        cast(null as varchar) as sequence,
        {{ json_merge_all([
            json_object({
                'device': 'lower(property."$device_type")', 'operating_system': 'property."$os"',
                'locale': 'property."$browser_language"', 'user_agent': 'property."$raw_user_agent"',
                'country': 'property."$geoip_country_code"', 'page_url': 'property."$current_url"',
                'page_path': 'property."$pathname"', 'traffic_source': 'property.utm_source',
                'traffic_medium': 'property.utm_medium', 'campaign': 'property.utm_campaign'
            }),
            json_renamed('given_person_properties', 'user_'),
            json_renamed('coalesce(given_set, cast(property."$set" as varchar))', 'user_'),
            json_renamed(json_without('given_properties', ['$set', '$set_once', 'distinct_id', '$user_id', '$device_id', '$session_id', '$anon_distinct_id']))
        ]) }} as properties
    from identified
),

{{ tracker_events() }}
