-- depends_on: {{ ref('definition_problems') }}
select
    s.funnel_id,
    cast(s.step_number as integer) as step_number,
    coalesce(s.step_name, s.event_name) as step_name,
    s.event_name,
    s.property,
    s.operator,
    s.value,
    f.step_order,
    cast(round(3600 * cast(f.window_hours as double)) as bigint) as window_seconds
from {{ definition('funnel_steps') }} as s
inner join {{ definition('funnels') }} as f on f.funnel_id = s.funnel_id
