{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='append_new_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

with

sessions as (
    select
        *,
        row_number() over (partition by person_id order by started_at, session_id) as session_number
    from {{ ref('int_sessions') }}
    where {{ is_touched('person_id') }}
),

-- One pass over the events for all that a session takes from them.
per_session as (
    select
        session_id,
        count(*) filter (where event_name in ('{{ var("page_view_events") | join("', '") }}')) as page_views,
        {{ first_by(
            struct({'device_id': 'device_id', 'event_name': 'event_name', 'properties': 'properties'}),
            struct({'t': 'event_time', 's': 'sequence', 'id': 'event_id'})
        ) }} filter (where is_session_start) as entry,
        {{ last_by('event_name', struct({'t': 'event_time', 's': 'sequence', 'id': 'event_id'})) }}
            filter (where is_session_end) as exit_event_name
    from {{ ref('int_person_events') }}
    where session_id is not null and {{ is_written_since('version') }}
    group by session_id
)

select
    s.session_id,
    s.person_id,
    (p.entry).device_id as device_id,
    s.session_number,
    s.started_at,
    s.ended_at,
    {{ seconds_between('s.started_at', 's.ended_at') }} as duration_seconds,
    s.events,
    p.page_views,
    (p.entry).event_name as entry_event_name,
    p.exit_event_name,
    s.events = 1 as is_bounce,
    coalesce({{ json_text('p.entry.properties', "'device'") }}, 'unknown') as device,
    coalesce({{ json_text('p.entry.properties', "'country'") }}, 'unknown') as country,
    coalesce({{ json_text('p.entry.properties', "'traffic_source'") }}, 'unknown') as traffic_source,
    coalesce({{ json_text('p.entry.properties', "'" ~ var('campaign_property') ~ "'") }}, 'unknown') as campaign
from sessions as s
inner join per_session as p on p.session_id = s.session_id
