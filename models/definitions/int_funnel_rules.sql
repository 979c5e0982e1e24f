-- What an event does in a funnel, as the bits of `funnel_moment`. Grain: funnel × step, or exclusion.
-- depends_on: {{ ref('definition_problems') }}
with

of_steps as (
    select
        s.funnel_id,
        s.event_name,
        s.property,
        s.operator,
        s.value,
        -- In its place an optional step is none of the events that a strict order does not suffer.
        case when s.is_optional then {{ bit('11 + s.slot') }} + {{ bit('35 + s.previous_slot') }} else {{ bit('s.slot - 1') }} end as effect
    from {{ ref('int_funnel_steps') }} as s
),

-- Between two steps: attempts that have reached the first and not yet the second. In any order, wherever it happens.
of_exclusions as (
    select
        x.funnel_id,
        x.event_name,
        x.property,
        x.operator,
        x.value,
        (
            {{ bit("case when f.step_order = 'any' then 12 else coalesce(b.slot, f.required_steps) - 1 end") }}
            - {{ bit("case when f.step_order = 'any' then 0 else coalesce(a.slot, 1) - 1 end") }}
        ) * {{ bit(24) }}
        + case when f.step_order = 'strict' then ({{ bit(12) }} - 1) * {{ bit(36) }} else 0 end as effect
    from {{ definition('funnel_exclusions') }} as x
    inner join {{ ref('int_funnels') }} as f on f.funnel_id = x.funnel_id
    left join {{ ref('int_funnel_steps') }} as a on a.funnel_id = x.funnel_id and a.step_number = cast(x.after_step as integer)
    left join {{ ref('int_funnel_steps') }} as b on b.funnel_id = x.funnel_id and b.step_number = cast(x.before_step as integer)
),

-- Where no event at all may come between, every event is of the funnel.
of_all_events as (
    select funnel_id, '*' as event_name, null as property, null as operator, null as value, cast(0 as bigint) as effect
    from {{ ref('int_funnels') }}
    where step_order = 'strict_events'
),

rules as (
    select * from of_steps
    union all
    select * from of_exclusions
    union all
    select * from of_all_events
)

select
    r.funnel_id,
    r.event_name,
    r.property,
    r.operator,
    r.value,
    r.effect,
    -- Whether this is all that an event of the name does in the funnel.
    f.step_order != 'strict_events' and count(*) over (partition by r.funnel_id, r.event_name) = 1 as is_alone
from rules as r
inner join {{ ref('int_funnels') }} as f on f.funnel_id = r.funnel_id
