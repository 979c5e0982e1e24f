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
            as positions
    from {{ ref('int_unit_timelines') }} as t
    {% if 'campaign' in var('session_cuts') -%}
    left join {{ ref('int_campaign_changes') }} as c on c.person_id = t.person_id
    {% endif -%}
    where {{ is_touched('t.person_id') }}
),

bounds as (
    select
        person_id,
        timeline,
        {{ explode('positions') }} as first_position,
        {{ explode(part_ends('positions', 'timeline')) }} as last_position
    from starts
)

select
    {{ fingerprint(['person_id', element('timeline', 'first_position')]) }} as session_id,
    person_id,
    {{ element('timeline', 'first_position') }} as started_at,
    {{ element('timeline', 'last_position') }} as ended_at,
    last_position - first_position + 1 as events
from bounds
{% endif %}
