{{ config(enabled='stg_amplitude' in var('events')) }}

-- Amplitude, "Export API" (amplitude.com/docs/apis/analytics/export): times are UTC and have no offset.
with

records as (
    {{ tracker_records('amplitude', ['server_upload_time', 'event_time']) }}
),

read as (
    select
        *,
        {{ json_struct('json', {
            'uuid': 'VARCHAR', '$insert_id': 'VARCHAR', 'event_type': 'VARCHAR', 'event_time': 'VARCHAR', 'client_event_time': 'VARCHAR',
            'server_upload_time': 'VARCHAR', 'server_received_time': 'VARCHAR', 'user_id': 'VARCHAR', 'device_id': 'VARCHAR',
            'session_id': 'VARCHAR', 'event_id': 'VARCHAR', 'platform': 'VARCHAR', 'device_type': 'VARCHAR', 'os_name': 'VARCHAR',
            'country': 'VARCHAR', 'region': 'VARCHAR', 'city': 'VARCHAR', 'language': 'VARCHAR', 'version_name': 'VARCHAR',
            'event_properties': 'JSON', 'user_properties': 'JSON', 'groups': 'JSON'
        }) }} as event
    from records
),

documents as (
    select
        *,
        {% for name in ['event_properties', 'user_properties', 'groups'] -%}
        {{ json_document('event.' ~ name) }} as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from read
),

mapped as (
    select
        load_id,
        json,
        raw_payload,
        {{ first_broken({'event_properties': 'event_properties', 'user_properties': 'user_properties', 'groups': 'groups'}) }} as problem,
        -- `$insert_id` is unique for its device only, and Amplitude has done what it is there for.
        coalesce(event.uuid, event."$insert_id") as event_id,
        event.event_type as event_name,
        coalesce(event.event_time, event.client_event_time) as event_time,
        coalesce(event.server_upload_time, event.server_received_time) as received_time,
        event.user_id as user_id,
        event.device_id as device_id,
        -- The moment at which it began, hence unique for a device only; -1 is an event outside of sessions.
        case when event.session_id != '-1' then coalesce(event.device_id, event.user_id) || '.' || event.session_id end
            as tracker_session_id,
        event.event_id as sequence,
        {{ json_merge_all([
            json_object({
                'platform': 'event.platform', 'device': 'event.device_type', 'operating_system': 'event.os_name',
                'country': 'event.country', 'region': 'event.region', 'city': 'event.city', 'locale': 'event.language',
                'app_version': 'event.version_name'
            }),
            json_renamed('groups', 'group_'), json_renamed('user_properties', 'user_'), json_renamed('event_properties')
        ]) }} as properties
    from documents
),

{{ tracker_events() }}
