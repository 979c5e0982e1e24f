{{ config(enabled='stg_segment' in var('events')) }}

with

lines as (
    {{ json_lines('select load_id, line from ' ~ ref('stg_segment_lines')) }}
),

calls as (
    -- One pass over each line: every key is read as text, so that a wrong type is a defect of its row only.
    select
        load_id,
        line,
        defect,
        {{ json_struct('json', {
            'messageId': 'VARCHAR', 'type': 'VARCHAR', 'event': 'VARCHAR', 'name': 'VARCHAR', 'anonymousId': 'VARCHAR',
            'userId': 'VARCHAR', 'originalTimestamp': 'VARCHAR', 'receivedAt': 'VARCHAR', 'timestamp': 'VARCHAR',
            'properties': 'JSON',
            'context': {
                'userAgent': 'VARCHAR', 'country': 'VARCHAR', 'locale': 'VARCHAR',
                'device': {'type': 'VARCHAR'}, 'page': {'path': 'VARCHAR'}, 'campaign': {'source': 'VARCHAR'}
            }
        }) }} as call
    from lines
),

mapped as (
    select
        call.messageid as event_id,
        case when call.type = 'page' then 'page_viewed' else call.event end as event_name,
        call.originaltimestamp as event_time,
        call.receivedat as received_time,
        call.userid as user_id,
        call.anonymousid as device_id,
        cast(null as varchar) as tracker_session_id,
        cast(null as bigint) as sequence,
        {{ json_merge(
            json_object({
                'user_agent': 'call.context.useragent', 'country': 'call.context.country',
                'device': 'call.context.device.type', 'page_path': 'call.context.page.path',
                'traffic_source': 'call.context.campaign.source'
            }), 'call.properties') }} as properties,
        load_id,
        defect,
        line as raw_payload
    from calls
)

select * from mapped
