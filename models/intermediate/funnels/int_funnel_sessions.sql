-- The sessions that funnels counted per session are out of: everybody's, and those in which an exposed unit did something
-- after its exposure. Empty where no funnel counts so.
with

unit_types as (select distinct unit_type from {{ ref('dim_experiments') }}),

events as (
    select
        u.unit_type,
        case u.unit_type when 'user' then e.person_id when 'device' then e.device_id else e.session_id end as unit_id,
        e.session_id,
        e.event_time,
        e.sequence,
        e.event_id
    from {{ ref('int_person_events') }} as e
    cross join unit_types as u
    where e.session_id is not null and exists (select 1 from {{ ref('int_funnels') }} where counted_per = 'session')
)

select 'all' as experiment_id, person_id as unit_id, session_id
from {{ ref('int_sessions') }}
where exists (select 1 from {{ ref('int_funnels') }} where counted_per = 'session')

union all
select distinct x.experiment_id, x.unit_id, e.session_id
from events as e
inner join {{ ref('int_exposures') }} as x on x.unit_type = e.unit_type and x.unit_id = e.unit_id
where x.source_door = 'events' and {{ is_after_exposure('e', 'x') }}
