{#
  The CTE `mapped` of Segment's calls, which RudderStack shares: as JSON (the raw logs) or as rows of the warehouse tables
  `tracks`, `identifies` and the like, whose traits and properties are columns. A table has no column for the kind of call, so
  its name tells; where `event` is filled, it is a track call.
#}
{% macro segment_calls(sessions=false) %}
    {%- set standard = ['id', 'anonymous_id', 'user_id', 'previous_id', 'group_id', 'event', 'event_text', 'received_at', 'sent_at',
        'original_timestamp', 'timestamp', 'uuid', 'uuid_ts', 'loaded_at'] -%}
    calls as (
        select
            *,
            {{ microlift.json_struct('json', {
                'messageId': 'VARCHAR', 'type': 'VARCHAR', 'event': 'VARCHAR', 'name': 'VARCHAR', 'anonymousId': 'VARCHAR',
                'userId': 'VARCHAR', 'previousId': 'VARCHAR', 'groupId': 'VARCHAR', 'originalTimestamp': 'VARCHAR',
                'receivedAt': 'VARCHAR', 'timestamp': 'VARCHAR', 'properties': 'JSON', 'traits': 'JSON',
                'context': 'JSON',
                'id': 'VARCHAR', 'event_text': 'VARCHAR', 'anonymous_id': 'VARCHAR', 'user_id': 'VARCHAR', 'previous_id': 'VARCHAR',
                'group_id': 'VARCHAR', 'original_timestamp': 'VARCHAR', 'received_at': 'VARCHAR', 'context_user_agent': 'VARCHAR',
                'context_location_country': 'VARCHAR', 'context_locale': 'VARCHAR', 'context_device_type': 'VARCHAR',
                'context_page_path': 'VARCHAR', 'context_campaign_source': 'VARCHAR', 'context_campaign_name': 'VARCHAR',
                'context_session_id': 'VARCHAR'
            }) }} as call
        from records
    ),

    kinds as (
        select
            *,
            {{ microlift.json_struct(microlift.json_document('call.context'), {
                'userAgent': 'VARCHAR', 'country': 'VARCHAR', 'locale': 'VARCHAR', 'sessionId': 'VARCHAR', 'traits': 'JSON',
                'device': {'type': 'VARCHAR'}, 'page': {'path': 'VARCHAR'}, 'campaign': {'source': 'VARCHAR', 'name': 'VARCHAR'}
            }) }} as context,
            call.messageid is null and call.id is not null as is_row,
            case
                when not is_row then lower(call.type)
                when nullif(trim(call.event), '') is not null then 'track'
                else {{ microlift.segment_table_kind('load_id') }}
            end as kind
        from calls
    ),

    documents as (
        select
            *,
            -- A row's own columns are its properties; what the context says is taken by name, as it is from JSON.
            case when is_row then {{ microlift.json_without('json', standard) }} end as columns_given,
            case
                when not is_row then {{ microlift.json_document('call.properties') }}
                when kind not in ('identify', 'group') then {{ microlift.json_renamed('columns_given', leave='context_') }}
            end as properties_given,
            case
                when not is_row then {{ microlift.json_document('coalesce(call.traits, context.traits)') }}
                when kind in ('identify', 'group') then {{ microlift.json_renamed('columns_given', leave='context_') }}
            end as traits
        from kinds
    ),

    mapped as (
        select
            load_id,
            json,
            raw_payload,
            {{ microlift.first_broken({'properties': 'properties_given', 'traits': 'traits'}) }} as problem,
            coalesce(call.messageid, call.id) as event_id,
            case
                when kind = 'page' then 'page_viewed'
                when kind = 'screen' then 'screen_viewed'
                when kind in ('identify', 'group', 'alias') then kind
                else coalesce(call.event_text, call.event)
            end as event_name,
            coalesce(call.originaltimestamp, call.original_timestamp, call.timestamp) as event_time,
            coalesce(call.receivedat, call.received_at) as received_time,
            coalesce(call.userid, call.user_id) as user_id,
            -- An alias says that what was known under another id is this user.
            coalesce(
                case when kind = 'alias' then coalesce(call.previousid, call.previous_id) end, call.anonymousid, call.anonymous_id
            ) as device_id,
            {% if sessions -%}
            coalesce(call.anonymousid, call.anonymous_id, call.userid, call.user_id) || '.'
                || coalesce(context.sessionid, call.context_session_id) as tracker_session_id,
            {%- else -%}
            cast(null as varchar) as tracker_session_id,
            {%- endif %}
            cast(null as varchar) as sequence,
            {{ microlift.json_merge_all([
                microlift.json_object({
                    'user_agent': 'coalesce(context.useragent, call.context_user_agent)',
                    'country': 'coalesce(context.country, call.context_location_country)',
                    'locale': 'coalesce(context.locale, call.context_locale)',
                    'device': 'coalesce(context.device.type, call.context_device_type)',
                    'page_path': 'coalesce(context.page.path, call.context_page_path)',
                    'traffic_source': 'coalesce(context.campaign.source, call.context_campaign_source)',
                    'campaign': 'coalesce(context.campaign.name, call.context_campaign_name)',
                    'group_id': 'coalesce(call.groupid, call.group_id)',
                    'name': "case when kind in ('page', 'screen') and call.name != 'page_viewed' then call.name end"
                }),
                "case when kind = 'group' then " ~ microlift.json_renamed('traits', 'group_') ~ " else "
                    ~ microlift.json_renamed('traits', 'user_') ~ " end",
                'properties_given'
            ]) }} as properties
        from documents
    )
{% endmacro %}


{# The kind of call that a warehouse table, or a file unloaded from it, holds by its name. #}
{% macro segment_table_kind(load_id) -%}
    case {{ microlift.last_word_among(load_id, ['tracks', 'pages', 'screens', 'identifies', 'groups', 'aliases']) }}
        when 'pages' then 'page'
        when 'screens' then 'screen'
        when 'identifies' then 'identify'
        when 'groups' then 'group'
        when 'aliases' then 'alias'
    end
{%- endmacro %}
