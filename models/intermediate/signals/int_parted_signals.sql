{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- Signals of the sessions that are parted: at the exposure, and at the landmark, so that nothing
-- that came after is among what was known before.
with

placed as (
    select
        e.*,
        s.experiment_id,
        s.unit_id,
        s.unit_type,
        s.exposed_at,
        s.funnel_until,
        s.started_at,
        s.ended_at,
        case
            when not {{ is_after_exposure('e', 's') }} then 'before'
            when e.event_time < s.funnel_until then 'in_funnel'
            else 'after'
        end as part
    from {{ ref('int_person_events') }} as e
    inner join {{ ref('int_unit_sessions') }} as s on s.session_id = e.session_id
    where s.is_parted and {{ is_touched('s.unit_id') }} and {{ may_be_touched('e.version') }}
),

parted as (
    select
        *,
        case part when 'before' then started_at when 'in_funnel' then greatest(started_at, exposed_at) else greatest(started_at, funnel_until) end
            as part_started_at,
        case part when 'before' then exposed_at when 'in_funnel' then least(ended_at, funnel_until) else ended_at end as part_ended_at
    from placed
)

{{ signal_values('parted', ['experiment_id', 'unit_id', 'unit_type', 'exposed_at', 'part']) }}
