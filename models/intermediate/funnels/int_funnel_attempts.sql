{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- The counted attempt of each unit (or of each of its sessions): when it reached each slot.
with

previous as (
    select funnel_id, array_agg(previous_slot order by slot) as previous_slots
    from {{ ref('int_funnel_steps') }}
    group by funnel_id
),

funnels as (
    select f.*, p.previous_slots
    from {{ ref('int_funnels') }} as f
    inner join previous as p on p.funnel_id = f.funnel_id
),

-- Everybody's timelines as they are; those of exposed units from their exposure on.
timelines as (
    select t.funnel_id, 'all' as experiment_id, t.unit_id, t.held_session, t.held_value, t.timeline
    from {{ ref('int_funnel_timelines') }} as t
    inner join funnels as f on f.funnel_id = t.funnel_id
    where t.unit_type = 'user' and f.counts_whom in ('everyone', 'both') and {{ is_touched('t.unit_id') }}

    union all
    select
        t.funnel_id, x.experiment_id, t.unit_id, t.held_session, t.held_value,
        {{ funnel_moments_after('t.timeline', 'x.exposed_at', 'coalesce(e.tie_order, 0)') }}
    from {{ ref('int_funnel_timelines') }} as t
    inner join funnels as f on f.funnel_id = t.funnel_id
    inner join {{ ref('int_exposures') }} as x on x.unit_type = t.unit_type and x.unit_id = t.unit_id
    left join {{ ref('int_tied_events') }} as e on e.event_id = x.exposure_event_id
    where x.source_door = 'events' and f.counts_whom in ('exposed', 'both') and {{ is_touched('t.unit_id') }}
),

folded as (
    select
        t.funnel_id, t.experiment_id, t.unit_id, t.held_session, t.held_value, t.timeline,
        f.step_order, f.counted_per, f.required_steps, f.window_seconds, f.previous_slots,
        f.is_held_to_session or f.held_property is not null as is_held,
        {{ funnel_fold('t.timeline', 'f.step_order', 'f.required_steps', 'f.window_seconds') }} as best -- noqa: PRS
    from timelines as t
    inner join funnels as f on f.funnel_id = t.funnel_id
),

windows as (
    select *, {{ funnel_window('timeline', 'best', 'window_seconds') }} as moments -- noqa: PRS
    from folded
    where best > 0
),

traced as (
    select
        funnel_id, experiment_id, unit_id, held_session, held_value, counted_per, is_held, step_order, required_steps, moments,
        {{ funnel_depth('best') }} as depth,
        {{ funnel_start('best') }} as started,
        {{ funnel_trace('moments', 'step_order', 'previous_slots', 'best') }} as traces -- noqa: PRS
    from windows
),

chosen as (
    select {{ all_but(['moments', 'traces']) }}, {{ funnel_chosen('traces', 'depth', 'moments') }} as slots
    from traced
),

-- Of the timelines that a unit has for each session or value: the deepest attempt, earliest completed, latest started.
counted as (
    select * from chosen where not is_held

    union all
    select * from chosen where is_held
    qualify row_number() over (
        partition by funnel_id, experiment_id, unit_id, case when counted_per = 'session' then held_session end
        order by depth desc, {{ funnel_completed('slots', 'depth') }}, started desc, held_session, held_value
    ) = 1
)

select
    funnel_id,
    experiment_id,
    unit_id,
    case when counted_per = 'session' then held_session end as session_id,
    held_value,
    cast(depth as integer) as depth,
    {{ funnel_time('started') }} as attempt_started_at,
    {{ funnel_slot_times('slots', 'step_order', 'required_steps', 'depth') }} as slot_times -- noqa: PRS
from counted
