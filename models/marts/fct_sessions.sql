with

per_session as (
    select
        session_id,
        count(*) filter (where event_name in ('{{ var("page_view_events") | join("', '") }}')) as page_views
    from {{ ref('fct_events') }}
    group by session_id
),

sessions as (
    select
        s.*,
        row_number() over (partition by s.person_id order by s.started_at, s.session_id) as session_number
    from {{ ref('int_sessions') }} as s
)

select
    s.session_id,
    s.person_id,
    entry.device_id,
    s.session_number,
    s.started_at,
    s.ended_at,
    {{ seconds_between('s.started_at', 's.ended_at') }} as duration_seconds,
    s.events,
    p.page_views,
    entry.event_name as entry_event_name,
    last_event.event_name as exit_event_name,
    s.events = 1 as is_bounce,
    coalesce({{ json_text('entry.properties', "'device'") }}, 'unknown') as device,
    coalesce({{ json_text('entry.properties', "'country'") }}, 'unknown') as country,
    coalesce({{ json_text('entry.properties', "'traffic_source'") }}, 'unknown') as traffic_source
from sessions as s
inner join per_session as p on p.session_id = s.session_id
inner join {{ ref('fct_events') }} as entry on entry.event_id = s.entry_event_id
inner join {{ ref('fct_events') }} as last_event on last_event.event_id = s.exit_event_id
