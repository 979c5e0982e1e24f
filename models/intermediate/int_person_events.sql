{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, pre_hook="{{ microlift.log_units_leaving() }}",
    post_hook=["{{ microlift.log_units_arriving() }}", "{{ microlift.record_build() }}"]
) }}

-- The events that count, with their person and session. The rows of touched persons are written anew in each build, so
-- that whoever wants these reads the blocks that carry the build's `version` and no others.
select
    e.event_id,
    e.event_name,
    e.event_time,
    e.received_time,
    e.person_id,
    e.user_id,
    e.device_id,
    {{ 'e.tracker_session_id' if var('session_source') == 'tracker' else 's.session_id' }} as session_id,
    e.sequence,
    e.properties,
    e.load_id,
    {{ build_version() }} as version
from {{ ref('int_events_valid') }} as e
{% if var('session_source') != 'tracker' -%}
left join {{ ref('int_sessions') }} as s
    on s.person_id = e.person_id
    and e.event_time between s.started_at and s.ended_at
    {%- if 'campaign' in var('session_cuts') %}
    -- Sessions cut by campaign may share a moment.
    and (e.event_time, e.sequence, e.event_id) >= (s.started_at, s.entry_sequence, s.entry_event_id)
    and (e.event_time, e.sequence, e.event_id) <= (s.ended_at, s.exit_sequence, s.exit_event_id)
    {%- endif %}
{%- endif %}
where {{ is_touched('e.person_id') }}
