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
    s.session_id,
    -- At the session's first or last moment; what happened there at once is told apart by sequence and id.
    coalesce(e.event_time = s.started_at, false) as is_session_start,
    coalesce(e.event_time = s.ended_at, false) as is_session_end,
    e.sequence,
    e.properties,
    e.load_id,
    {{ build_version() }} as version
from {{ valid_events_of_touched() }} as e
left join {{ ref('int_sessions') }} as s
    {% if var('session_source') == 'tracker' -%}
    on s.session_id = e.tracker_session_id
    {%- else -%}
    on s.person_id = e.person_id and e.event_time between s.started_at and s.ended_at
    {%- endif %}
where {{ is_touched('e.person_id') }}
