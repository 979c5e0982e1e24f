-- depends_on: {{ ref('int_unit_timelines') }}
-- depends_on: {{ ref('int_events_valid') }}
-- Where each session starts and ends: by inactivity and the declared cuts, or as the tracker cut it. A tracker's session
-- may hold several persons, so those are made anew as a whole.
{{ config(
    materialized='table' if var('session_source') == 'tracker' else 'incremental', incremental_strategy='touched',
    on_schema_change='sync_all_columns', meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}
{% if var('session_source') == 'tracker' %}
select
    tracker_session_id as session_id,
    {{ first_by('person_id', struct({'t': 'event_time', 's': 'sequence', 'id': 'event_id'})) }} as person_id,
    min(event_time) as started_at,
    max(event_time) as ended_at,
    count(*) as events,
    {{ first_by('event_id', struct({'t': 'event_time', 's': 'sequence', 'id': 'event_id'})) }} as entry_event_id,
    {{ last_by('event_id', struct({'t': 'event_time', 's': 'sequence', 'id': 'event_id'})) }} as exit_event_id,
    min(sequence) as entry_sequence,
    max(sequence) as exit_sequence
from {{ ref('int_events_valid') }}
where tracker_session_id is not null
group by tracker_session_id
{% else %}
with

-- A session starts at the first event, and at each that the one before it is cut from.
starts as (
    select
        person_id,
        timeline,
        {{ positions_where('timeline', 'i = 1 or ' ~ is_session_cut(element('timeline', 'i - 1'), element('timeline', 'i'))) }} as positions
    from {{ ref('int_unit_timelines') }}
    where {{ is_touched('person_id') }}
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
    {{ fingerprint(['person_id', 'entry.event_time', 'entry.event_id']) }} as session_id,
    person_id,
    entry.event_time as started_at,
    final.event_time as ended_at,
    events,
    entry.event_id as entry_event_id,
    final.event_id as exit_event_id,
    entry.sequence as entry_sequence,
    final.sequence as exit_sequence
from ends
{% endif %}
