{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='append_new_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

with

sessions as (
    select
        *,
        row_number() over (partition by person_id order by started_at, entry_sequence, session_id) as session_number
    from {{ ref('int_sessions') }}
    where {{ is_touched('person_id') }}
),

-- One pass over the events for all that a session takes from them.
per_session as (
    select
        s.session_id,
        count(*) filter (where e.event_name in ('{{ var("page_view_events") | join("', '") }}')) as page_views,
        max(case when e.event_id = s.entry_event_id then e.device_id end) as device_id,
        max(case when e.event_id = s.entry_event_id then e.event_name end) as entry_event_name,
        max(case when e.event_id = s.exit_event_id then e.event_name end) as exit_event_name,
        max(case when e.event_id = s.entry_event_id then e.properties end) as properties
    from {{ ref('int_person_events') }} as e
    inner join sessions as s on s.session_id = e.session_id
    where {{ is_written_since('e.version') }}
    group by s.session_id
)

select
    s.session_id,
    s.person_id,
    p.device_id,
    s.session_number,
    s.started_at,
    s.ended_at,
    {{ seconds_between('s.started_at', 's.ended_at') }} as duration_seconds,
    s.events,
    p.page_views,
    p.entry_event_name,
    p.exit_event_name,
    s.events = 1 as is_bounce,
    coalesce({{ json_text('p.properties', "'device'") }}, 'unknown') as device,
    coalesce({{ json_text('p.properties', "'country'") }}, 'unknown') as country,
    coalesce({{ json_text('p.properties', "'traffic_source'") }}, 'unknown') as traffic_source
from sessions as s
inner join per_session as p on p.session_id = s.session_id
