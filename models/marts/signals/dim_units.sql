{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='append_new_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

with

events as (
    select
        person_id,
        min(event_time) as first_seen_at,
        max(event_time) as last_seen_at,
        count(*) as events,
        count(distinct device_id) as devices,
        count(user_id) > 0 as is_known_user
    from {{ ref('int_person_events') }}
    where {{ is_written_since('version') }}
    group by person_id
),

first_sessions as (
    select person_id, device, country, traffic_source, campaign
    from {{ ref('int_session_facts') }}
    where session_number = 1 and {{ is_written_since('version') }}
),

sessions as (
    select person_id, count(*) as sessions
    from {{ ref('int_session_facts') }}
    where {{ is_written_since('version') }}
    group by person_id
)

select
    e.person_id,
    e.is_known_user,
    e.first_seen_at,
    e.last_seen_at,
    e.events,
    e.devices,
    coalesce(s.sessions, 0) as sessions,
    coalesce(f.device, 'unknown') as first_device,
    coalesce(f.country, 'unknown') as first_country,
    coalesce(f.traffic_source, 'unknown') as first_traffic_source,
    coalesce(f.campaign, 'unknown') as first_campaign
from events as e
left join first_sessions as f on f.person_id = e.person_id
left join sessions as s on s.person_id = e.person_id
