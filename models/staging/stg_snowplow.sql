{{ config(enabled='stg_snowplow' in var('events')) }}

with

rows_read as (
    select
        {{ all_but(['unstruct_event']) }},
        -- Some loaders put a self-describing event into an array of one.
        coalesce({{ json_text(valid_json('unstruct_event'), "'$[0]'") }}, unstruct_event) as unstruct_event,
        -- Contexts come as an array; the first of a kind is the event's.
        {{ json_text(valid_json('web_page_context'), "'$[0].id'") }} as page_view_id,
        {{ json_text(valid_json('agent_context'), "'$[0].deviceClass'") }} as agent_device,
        {{ json_text(valid_json('robot_context'), "'$[0].spiderOrRobot'") }} as is_robot
    from {{ ref('stg_snowplow_rows') }}
),

judged as (
    select
        {{ all_but(['defect']) }},
        case
            when defect is not null then defect
            when unstruct_event is not null and not {{ json_is_object('unstruct_event') }} then 'broken_unstruct_event'
            when web_page_context is not null and {{ valid_json('web_page_context') }} is null then 'broken_web_page_context'
        end as defect
    from rows_read
),

mapped as (
    select
        event_id,
        event_name,
        -- The collector's time minus the time the event waited on the device: its clock's error is taken out.
        derived_tstamp as event_time,
        collector_tstamp as received_time,
        user_id,
        domain_userid as device_id,
        domain_sessionid as tracker_session_id,
        cast(null as bigint) as sequence,
        {{ json_merge(
            json_object({
                'page_view_id': 'page_view_id', 'page_url': 'page_url', 'page_path': 'page_urlpath', 'page_title': 'page_title',
                'referrer': 'page_referrer', 'device': 'lower(coalesce(dvce_type, agent_device))', 'country': 'geo_country',
                'locale': 'br_lang', 'user_agent': 'useragent', 'is_robot': 'is_robot',
                'traffic_source': 'coalesce(mkt_source, refr_source, refr_medium)', 'traffic_medium': 'coalesce(mkt_medium, refr_medium)',
                'campaign': 'mkt_campaign', 'app_id': 'app_id', 'platform': 'platform',
                'se_category': 'se_category', 'se_action': 'se_action', 'se_label': 'se_label', 'se_property': 'se_property',
                'se_value': 'se_value'
            }), 'case when defect is null then unstruct_event end') }} as properties,
        load_id,
        defect,
        raw_payload
    from judged
)

select * from mapped
