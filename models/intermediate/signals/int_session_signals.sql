{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- The defined signals of each session. Grain: session × signal.
with

sessions as (
    select session_id, person_id, started_at, ended_at from {{ ref('int_session_facts') }}
    where {{ is_written_since('version') }}
),

events as (
    select e.*, s.started_at as part_started_at, s.ended_at as part_ended_at
    from {{ ref('int_person_events') }} as e
    inner join sessions as s on s.session_id = e.session_id
    where {{ is_written_since('e.version') }}
),

defined as (
    {{ signal_values('events', ['session_id']) }}
)

select
    d.session_id,
    s.person_id,
    s.started_at,
    d.signal,
    d.value,
    {{ build_version() }} as version
from defined as d
inner join sessions as s on s.session_id = d.session_id
where d.value is not null
