-- depends_on: {{ ref('definition_problems') }}
with

steps as (
    select funnel_id, count(*) as steps, count(*) filter (where not is_optional) as required_steps
    from {{ ref('int_funnel_steps') }}
    group by funnel_id
)

select
    f.funnel_id,
    f.step_order,
    cast(round(3600 * cast(f.window_hours as double)) as bigint) as window_seconds,
    coalesce(f.counted_per, 'unit') as counted_per,
    coalesce(f.counts_whom, 'both') as counts_whom,
    coalesce(f.counted_per = 'session' or cast(f.same_session as boolean), false) as is_held_to_session,
    f.same_property as held_property,
    s.steps,
    s.required_steps
from {{ definition('funnels') }} as f
inner join steps as s on s.funnel_id = f.funnel_id
