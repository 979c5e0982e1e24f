with

judged as (select * from {{ ref('int_taxonomy_judged') }}),

problems as (
    select event_id, event_name, load_id, event_time, {{ explode('property_problems') }} as found
    from judged
    where property_problems is not null
),

totals as (
    select event_name, load_id, count(*) as rows_of_event
    from judged
    where event_name in (select event_name from {{ ref('int_event_rules') }})
    group by event_name, load_id
)

select
    p.event_name,
    (p.found).property as property,
    (p.found).problem as problem,
    (p.found).severity as severity,
    p.load_id,
    count(*) as rows_with_problem,
    max(t.rows_of_event) as rows_of_event,
    count(*) / max(t.rows_of_event) as share,
    min(p.event_time) as first_event_at,
    max(p.event_time) as last_event_at,
    min(p.event_id) as example_event_id
from problems as p
inner join totals as t on t.event_name = p.event_name and t.load_id = p.load_id
group by p.event_name, (p.found).property, (p.found).problem, (p.found).severity, p.load_id
