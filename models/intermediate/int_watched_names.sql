-- What arrives under each watched name, whatever experiments ask of it: ever, in the last `prelaunch_days`, and rejected.
with

since as (select {{ add_seconds('as_of', -86400 * var('prelaunch_days')) }} as since, as_of from {{ ref('int_as_of') }}),

names as (select distinct event_name from {{ ref('int_watched_events') }} where event_name is not null),

ever as (select event_name, max(event_time) as last_seen_at from {{ ref('int_person_events') }} group by event_name),

-- Every reading of a name counts all its events.
recent as (
    select event_name, max(events) as events
    from (
        select event_name, property, read_property, is_exposure, is_number, sum(events) as events
        from {{ ref('int_watched_counts') }}
        group by event_name, property, read_property, is_exposure, is_number
    ) as readings
    group by event_name
),

rejected as (
    select event_name, count(*) as quarantined_events, {{ last_by('quarantine_reason', 'received_time') }} as last_reason
    from {{ ref('int_events_checked') }}
    where quarantine_reason is not null and received_time > (select since from since) and received_time <= (select as_of from since)
    group by event_name
),

judged as (
    select event_name, event_id, property_problems
    from {{ ref('int_taxonomy_judged') }}
    where event_time > (select since from since) and event_name in (select event_name from {{ ref('int_event_rules') }})
),

totals as (select event_name, count(*) as judged_events from judged group by event_name),

found as (
    select event_name, event_id, {{ explode('property_problems') }} as problem
    from judged
    where property_problems is not null
),

-- Unknown properties take nothing away from an experiment; quality_taxonomy has them.
shares as (
    select f.event_name, (f.problem).property as property, (f.problem).problem as problem, count(*) / max(t.judged_events) as share
    from found as f
    inner join totals as t on t.event_name = f.event_name
    where (f.problem).problem != 'unknown_property'
    group by f.event_name, (f.problem).property, (f.problem).problem
),

problems as (
    select
        event_name,
        max(case when problem = 'missing_property' then share end) as missing_property_share,
        {{ joined_text("property || ': ' || problem || ' ' || round(100 * share, 1) || '%'", "'; '", 'share desc, property, problem') }} as property_problems
    from shares
    group by event_name
)

select
    n.event_name,
    e.last_seen_at,
    coalesce(c.events, 0) as events,
    coalesce(r.quarantined_events, 0) as quarantined_events,
    r.last_reason,
    coalesce(p.missing_property_share, 0) as missing_property_share,
    p.property_problems
from names as n
left join ever as e on e.event_name = n.event_name
left join recent as c on c.event_name = n.event_name
left join rejected as r on r.event_name = n.event_name
left join problems as p on p.event_name = n.event_name
