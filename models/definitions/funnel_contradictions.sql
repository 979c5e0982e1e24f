-- depends_on: {{ ref('definition_sources') }}
with

funnels as (select * from {{ definition('funnels') }}),

steps as (select *, try_cast(step_number as bigint) as number from {{ definition('funnel_steps') }}),

exclusions as (
    select
        x.*,
        f.step_order,
        coalesce(try_cast(x.after_step as bigint), 1) as after_number,
        try_cast(x.before_step as bigint) as before_number
    from {{ definition('funnel_exclusions') }} as x
    inner join funnels as f on f.funnel_id = x.funnel_id
),

required_steps as (select funnel_id, number from steps where not coalesce(try_cast(is_optional as boolean), false))

select
    'funnels' as definition, 'funnel_id=' || funnel_id as row_key, 'it has no steps' as problem,
    'add its steps to funnel_steps' as fix
from funnels
where funnel_id not in (select funnel_id from steps where funnel_id is not null)

union all
select
    'funnel_steps', 'funnel_id=' || funnel_id, 'it has ' || count(*) || ' steps',
    'keep to {{ funnel_slots_limit() }}; leave out steps that nobody decides by'
from steps
group by funnel_id
having count(*) > {{ funnel_slots_limit() }}

union all
select 'funnel_steps', 'funnel_id=' || funnel_id || ', step_number=1', 'the first step is optional', 'begin with a step that is not'
from steps
where number = 1 and try_cast(is_optional as boolean)

union all
select
    'funnel_steps', 'funnel_id=' || s.funnel_id || ', step_number=' || max(s.step_number),
    'in any order, the same event would reach two steps at once', 'tell the steps apart by a property, or choose another order'
from steps as s
inner join funnels as f on f.funnel_id = s.funnel_id
where f.step_order = 'any'
group by s.funnel_id, s.event_name, s.property, s.operator, s.value
having count(*) > 1

union all
select
    'funnel_exclusions', 'exclusion_id=' || coalesce(exclusion_id, ''), 'steps have no order in this funnel',
    'leave after_step and before_step blank'
from exclusions
where step_order = 'any' and (after_step is not null or before_step is not null)

union all
select
    'funnel_exclusions', 'exclusion_id=' || coalesce(exclusion_id, ''),
    'after_step ' || after_number || ' is not before before_step ' || before_number, 'give an earlier and a later step'
from exclusions
where after_number >= before_number

union all
select
    'funnel_exclusions', 'exclusion_id=' || coalesce(x.exclusion_id, ''), 'step ' || number || ' is not a required step of the funnel',
    'name a step of funnel_steps that is not optional'
from (
    select exclusion_id, funnel_id, after_number as number from exclusions where after_step is not null
    union all
    select exclusion_id, funnel_id, before_number from exclusions where before_step is not null
) as x
where not exists (select 1 from required_steps as s where s.funnel_id = x.funnel_id and s.number = x.number)

union all
select 'funnel_steps', 'funnel_id=' || coalesce(funnel_id, ''), 'its steps are not numbered 1, 2, 3, …', 'number them without gaps'
from steps
group by funnel_id
having max(try_cast(step_number as bigint)) != count(*)
