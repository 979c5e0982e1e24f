{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- The sessions with all that their events and the sessions before them tell. Written anew with their person, like its events.
with

sessions as (
    select
        *,
        row_number() over person as session_number,
        {{ seconds_between('lag(ended_at) over person', 'started_at') }} / 86400 as days_since_last_session,
        count(*) over (
            partition by person_id order by started_at range between interval 7 day preceding and current row
        ) as sessions_last_7_days
    from {{ ref('int_sessions') }}
    where {{ is_touched('person_id') }}
    window person as (partition by person_id order by started_at, session_id)
),

-- One pass over the events for all that a session takes from them. The first is only named here: to carry its properties
-- through an aggregate costs several times as much as to look it up.
per_session as (
    select
        session_id,
        count(*) filter (where event_name in ('{{ var("page_view_events") | join("', '") }}')) as page_views,
        {{ first_by('event_id', struct({'s': 'sequence', 'id': 'event_id'})) }} filter (where is_session_start) as entry_event_id,
        {{ last_by('event_name', struct({'s': 'sequence', 'id': 'event_id'})) }} filter (where is_session_end) as exit_event_name
    from {{ ref('int_person_events') }}
    where session_id is not null and {{ is_written_since('version') }}
    group by session_id
)

select
    s.session_id,
    s.person_id,
    e.device_id,
    s.session_number,
    s.started_at,
    s.ended_at,
    {{ seconds_between('s.started_at', 's.ended_at') }} as duration_seconds,
    s.events,
    p.page_views,
    e.event_name as entry_event_name,
    p.exit_event_name,
    s.events = 1 as is_bounce,
    coalesce({{ filled(json_text('e.properties', "'device'")) }}, 'unknown') as device,
    coalesce({{ filled(json_text('e.properties', "'country'")) }}, 'unknown') as country,
    coalesce({{ filled(json_text('e.properties', "'traffic_source'")) }}, 'unknown') as traffic_source,
    coalesce({{ filled(json_text_of_key('e.properties', string_literal(var('campaign_property')))) }}, 'unknown') as campaign,
    s.days_since_last_session,
    s.sessions_last_7_days,
    {{ build_version() }} as version
from sessions as s
inner join per_session as p on p.session_id = s.session_id
inner join {{ ref('int_person_events') }} as e on e.event_id = p.entry_event_id
where e.is_session_start and {{ is_written_since('e.version') }}
