-- depends_on: {{ ref('int_unit_timelines') }}
-- depends_on: {{ ref('int_campaign_changes') }}
-- depends_on: {{ ref('int_events_valid') }}
-- Where each session starts and ends: by inactivity and the declared cuts, or as the tracker cut it. A tracker's session
-- may hold several persons, so those are made anew as a whole.
{{ config(
    materialized='table' if var('session_source') == 'tracker' else 'incremental', incremental_strategy='touched',
    on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}
{% if var('session_source') == 'tracker' %}
select
    tracker_session_id as session_id,
    {{ first_by('person_id', struct({'t': 'event_time', 's': 'sequence', 'id': 'event_id'})) }} as person_id,
    min(event_time) as started_at,
    max(event_time) as ended_at,
    count(*) as events
from {{ ref('int_events_valid') }}
where tracker_session_id is not null
group by tracker_session_id
{% else %}
with

-- A session starts at the first moment, and at each that the one before it is cut from. What happened at one moment
-- is never cut apart.
starts as (
    select
        t.person_id,
        t.timeline,
        {{ positions_where('t.timeline', 'i = 1 or ' ~ is_session_cut(element('t.timeline', 'i - 1'), element('t.timeline', 'i'), 'c.changed_at')) }}
            as first_positions
    from {{ ref('int_unit_timelines') }} as t
    {% if 'campaign' in var('session_cuts') -%}
    left join {{ ref('int_campaign_changes') }} as c on c.person_id = t.person_id
    {% endif -%}
    where {{ is_touched('t.person_id') }}
),

parts as (
    select *, {{ part_ends('first_positions', 'timeline') }} as last_positions
    from starts
),

-- Times are picked before the rows part, so that no row carries the whole list.
bounds as (
    select
        person_id,
        {{ explode(elements('timeline', 'first_positions')) }} as started_at,
        {{ explode(elements('timeline', 'last_positions')) }} as ended_at,
        {{ explode('last_positions') }} - {{ explode('first_positions') }} + 1 as events
    from parts
)

select
    {{ fingerprint(['person_id', 'started_at']) }} as session_id,
    person_id,
    started_at,
    ended_at,
    events
from bounds
{% endif %}
