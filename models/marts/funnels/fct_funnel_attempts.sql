{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='append_new_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

with

steps as (
    select
        a.funnel_id,
        a.experiment_id,
        a.unit_id,
        a.session_id,
        a.held_value,
        a.attempt_started_at,
        s.step_number,
        {{ element('a.slot_times', 's.slot') }} as reached_at,
        case when s.previous_slot > 0 then {{ element('a.slot_times', 's.previous_slot') }} end as previous_at
    from {{ ref('int_funnel_attempts') }} as a
    inner join {{ ref('int_funnel_steps') }} as s on s.funnel_id = a.funnel_id
    where {{ is_touched('a.unit_id') }}
)

select
    funnel_id,
    experiment_id,
    unit_id,
    session_id,
    held_value,
    attempt_started_at,
    step_number,
    reached_at,
    {{ seconds_between('attempt_started_at', 'reached_at') }} as seconds_from_start,
    {{ seconds_between('previous_at', 'reached_at') }} as seconds_from_previous
from steps
where reached_at is not null
