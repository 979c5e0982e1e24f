-- The events of each funnel in order, per unit: of every person ('all'), and of every exposed unit after its exposure.
-- One event may serve several steps; the later step then comes first, so that no event follows itself.
with

step_events as (
    select s.funnel_id, s.step_number, e.event_id, e.event_time, e.sequence, e.person_id, e.device_id, e.session_id
    from {{ ref('fct_events') }} as e
    inner join {{ ref('int_funnel_steps') }} as s on s.event_name = e.event_name
    where {{ matches(json_text('e.properties', 's.property'), 's.operator', 's.value') }}
),

of_persons as (
    select funnel_id, 'all' as experiment_id, person_id as unit_id, event_time, sequence, event_id, step_number
    from step_events
),

unit_types as (select distinct unit_type from {{ ref('dim_experiments') }}),

-- The unit of each kind that an event belongs to, so that the join below is one of equal keys.
of_units as (
    select
        e.*,
        u.unit_type,
        case u.unit_type when 'user' then e.person_id when 'device' then e.device_id else e.session_id end as unit_id
    from step_events as e
    cross join unit_types as u
),

of_exposed as (
    select e.funnel_id, x.experiment_id, x.unit_id, e.event_time, e.sequence, e.event_id, e.step_number
    from of_units as e
    inner join {{ ref('int_exposures') }} as x on x.unit_type = e.unit_type and x.unit_id = e.unit_id
    where x.source_door = 'events'
        and (e.event_time > x.exposed_at
            or (e.event_time = x.exposed_at and (e.sequence, e.event_id) > (x.exposure_sequence, x.exposure_event_id)))
)

select
    funnel_id,
    experiment_id,
    unit_id,
    {{ sorted_list(struct({
        'event_time': 'event_time', 'sequence': 'sequence', 'event_id': 'event_id', 'later_step_first': '-step_number'
    })) }} as timeline
from (select * from of_persons union all select * from of_exposed) as events
group by funnel_id, experiment_id, unit_id
