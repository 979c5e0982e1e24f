-- depends_on: {{ ref('definition_problems') }}
-- A slot is a step's place in the folds: required steps come first, in their order, then the optional ones.
with

steps as (
    select
        *,
        cast(step_number as integer) as number,
        coalesce(cast(is_optional as boolean), false) as may_be_skipped
    from {{ definition('funnel_steps') }}
),

placed as (
    select
        *,
        row_number() over (partition by funnel_id order by may_be_skipped, number) as slot,
        count(*) filter (where not may_be_skipped)
            over (partition by funnel_id order by number rows between unbounded preceding and 1 preceding) as previous_slot
    from steps
)

select
    p.funnel_id,
    p.number as step_number,
    coalesce(p.step_name, p.event_name) as step_name,
    p.event_name,
    p.property,
    p.operator,
    p.value,
    p.may_be_skipped as is_optional,
    p.slot,
    p.previous_slot,
    b.number as previous_step_number
from placed as p
left join placed as b on b.funnel_id = p.funnel_id and b.slot = p.previous_slot and not b.may_be_skipped
