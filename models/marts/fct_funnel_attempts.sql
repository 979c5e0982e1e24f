with

windows as (select distinct funnel_id, window_seconds from {{ ref('int_funnel_steps') }}),

attempts as (
    select
        t.funnel_id,
        t.experiment_id,
        t.unit_id,
        {{ funnel_fold('t.timeline', 'w.window_seconds') }} as step_times -- noqa: PRS
    from {{ ref('int_funnel_timelines') }} as t
    inner join windows as w on w.funnel_id = t.funnel_id
),

steps as (
    select
        funnel_id,
        experiment_id,
        unit_id,
        step_times,
        {{ explode(positions_where('step_times', 'true')) }} as step_number
    from attempts
)

select
    funnel_id,
    experiment_id,
    unit_id,
    {{ element('step_times', 1) }} as attempt_started_at,
    cast(step_number as integer) as step_number,
    {{ element('step_times', 'step_number') }} as reached_at,
    {{ seconds_between(element('step_times', 1), element('step_times', 'step_number')) }} as seconds_from_start,
    case when step_number > 1 then {{ seconds_between(element('step_times', 'step_number - 1'), element('step_times', 'step_number')) }} end
        as seconds_from_previous
from steps
