{{ config(enabled='stg_ga4' in var('events')) }}
{%- set value_members = ['string_value', 'int_value', 'float_value', 'double_value', 'set_timestamp_micros'] %}

-- Google, "[GA4] BigQuery Export schema" (support.google.com/analytics/answer/7029846).
with

records as (
    {{ tracker_records('ga4', ['event_timestamp'], 'us') }}
),

read as (
    select
        *,
        {{ json_struct('json', {
            'event_name': 'VARCHAR', 'event_timestamp': 'VARCHAR', 'event_server_timestamp_offset': 'VARCHAR',
            'user_id': 'VARCHAR', 'user_pseudo_id': 'VARCHAR', 'stream_id': 'VARCHAR', 'platform': 'VARCHAR',
            'event_bundle_sequence_id': 'VARCHAR', 'batch_page_id': 'VARCHAR', 'batch_ordering_id': 'VARCHAR',
            'batch_event_index': 'VARCHAR', 'event_value_in_usd': 'VARCHAR', 'event_params': 'JSON', 'user_properties': 'JSON',
            'items': 'JSON', 'ecommerce': 'JSON', 'device': 'JSON', 'geo': 'JSON', 'app_info': 'JSON', 'traffic_source': 'JSON',
            'collected_traffic_source': 'JSON'
        }) }} as event
    from records
),

documents as (
    select
        *,
        {% for name in ['event_params', 'user_properties', 'items', 'ecommerce', 'device', 'geo', 'app_info', 'traffic_source', 'collected_traffic_source'] -%}
        {{ json_document('event.' ~ name) }} as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from read
),

judged as (
    select
        *,
        coalesce(
            {{ first_broken({'event_params': 'event_params', 'user_properties': 'user_properties'}, 'pairs') }},
            {{ first_broken({'ecommerce': 'ecommerce', 'device': 'device', 'geo': 'geo', 'app_info': 'app_info',
                'traffic_source': 'traffic_source', 'collected_traffic_source': 'collected_traffic_source'}) }}
        ) as problem
    from documents
),

flat as (
    select
        *,
        case when problem is null then {{ json_pairs('event_params', value_members) }} end as params,
        case when problem is null then {{ json_pairs('user_properties', value_members, 'user_') }} end as user_attributes
    from judged
),

mapped as (
    select
        load_id,
        json,
        raw_payload,
        problem,
        -- GA4 gives events no id. What tells them apart makes one, so that a row that is loaded again is a duplicate.
        {{ fingerprint(['event.stream_id', 'event.user_pseudo_id', 'event.user_id', 'event.event_name', 'event.event_timestamp',
            'event.event_bundle_sequence_id', 'event.batch_page_id', 'event.batch_ordering_id', 'event.batch_event_index',
            'params', 'items']) }} as event_id,
        event.event_name as event_name,
        event.event_timestamp as event_time,
        {{ offset_time('event.event_timestamp', 'event.event_server_timestamp_offset') }} as received_time,
        event.user_id as user_id,
        event.user_pseudo_id as device_id,
        -- A session is told by a number that is unique for its browser only.
        event.user_pseudo_id || '.' || {{ json_text('params', "'ga_session_id'") }} as tracker_session_id,
        {{ ordinal('event.batch_ordering_id', 'event.batch_event_index') }} as sequence,
        {{ json_merge_all([
            json_object({
                'device': 'lower(' ~ json_text('device', "'category'") ~ ')',
                'operating_system': json_text('device', "'operating_system'"), 'locale': json_text('device', "'language'"),
                'browser': 'coalesce(' ~ json_text('device', "'$.web_info.browser'") ~ ', ' ~ json_text('device', "'browser'") ~ ')',
                'country': json_text('geo', "'country'"), 'region': json_text('geo', "'region'"), 'city': json_text('geo', "'city'"),
                'traffic_source': 'coalesce(' ~ json_text('collected_traffic_source', "'manual_source'") ~ ', '
                    ~ json_text('params', "'source'") ~ ', ' ~ json_text('traffic_source', "'source'") ~ ')',
                'traffic_medium': 'coalesce(' ~ json_text('collected_traffic_source', "'manual_medium'") ~ ', '
                    ~ json_text('params', "'medium'") ~ ', ' ~ json_text('traffic_source', "'medium'") ~ ')',
                'campaign': json_text('collected_traffic_source', "'manual_campaign_name'"),
                'page_url': json_text('params', "'page_location'"), 'page_path': url_path(json_text('params', "'page_location'")),
                'referrer': json_text('params', "'page_referrer'"),
                'app_id': json_text('app_info', "'id'"), 'platform': 'event.platform', 'stream_id': 'event.stream_id',
                'event_value_in_usd': 'event.event_value_in_usd', 'items': json_objects("nullif(items, '[]')")
            }),
            json_renamed('ecommerce', 'ecommerce_'), 'user_attributes', 'params'
        ]) }} as properties
    from flat
),

{{ tracker_events({'event_time': 'us', 'received_time': 'us'}) }}
