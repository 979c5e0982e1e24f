-- depends_on: {{ ref('int_unit_timelines') }}
-- depends_on: {{ ref('int_events_valid') }}
-- Where each session starts and ends: by inactivity, or as the tracker cut it.
{% if var('session_source') == 'tracker' %}
select
    tracker_session_id as session_id,
    {{ first_by('person_id', struct({'t': 'event_time', 's': 'sequence', 'id': 'event_id'})) }} as person_id,
    min(event_time) as started_at,
    max(event_time) as ended_at,
    count(*) as events,
    {{ first_by('event_id', struct({'t': 'event_time', 's': 'sequence', 'id': 'event_id'})) }} as entry_event_id,
    {{ last_by('event_id', struct({'t': 'event_time', 's': 'sequence', 'id': 'event_id'})) }} as exit_event_id
from {{ ref('int_events_valid') }}
where tracker_session_id is not null
group by tracker_session_id
{% else %}
with

-- A session starts at the first event, and at each that comes more than the gap after the one before it.
starts as (
    select
        person_id,
        timeline,
        {{ positions_where('timeline', 'i = 1 or ' ~ element('timeline', 'i') ~ '.event_time > '
            ~ add_seconds(element('timeline', 'i - 1') ~ '.event_time', var('session_gap_seconds'))) }} as positions
    from {{ ref('int_unit_timelines') }}
),

bounds as (
    select
        person_id,
        timeline,
        {{ explode('positions') }} as first_position,
        {{ explode(part_ends('positions', 'timeline')) }} as last_position
    from starts
),

ends as (
    select
        person_id,
        {{ element('timeline', 'first_position') }} as entry,
        {{ element('timeline', 'last_position') }} as final,
        last_position - first_position + 1 as events
    from bounds
)

select
    {{ fingerprint(['person_id', 'entry.event_time']) }} as session_id,
    person_id,
    entry.event_time as started_at,
    final.event_time as ended_at,
    events,
    entry.event_id as entry_event_id,
    final.event_id as exit_event_id
from ends
{% endif %}
