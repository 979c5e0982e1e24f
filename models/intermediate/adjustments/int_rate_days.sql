-- What was known of each rate on the morning of each day: the sessions that ended in the days of its window before.
with

days as (
    select rate, section, day, count(*) as sessions, count(*) filter (where is_counted) as counted_sessions
    from {{ ref('int_rate_sessions') }}
    group by rate, section, day
),

known as (
    select d.rate, d.section, d.sessions, d.counted_sessions,
        {{ explode(days_after('d.day', 't.window_days')) }} as day
    from days as d
    inner join {{ ref('int_rates') }} as t on t.rate = d.rate
),

confidences as (select distinct rate, confidence from {{ ref('int_adjustment_conditions') }} where rate is not null)

select
    k.rate,
    k.section,
    k.day,
    coalesce(c.confidence, {{ var('confidence') }}) as confidence,
    cast(sum(k.sessions) as bigint) as sessions,
    cast(sum(k.counted_sessions) as bigint) as counted_sessions
from known as k
cross join {{ ref('int_as_of') }} as a
left join confidences as c on c.rate = k.rate
where k.day <= cast(a.as_of as date)
group by k.rate, k.section, k.day, c.confidence
