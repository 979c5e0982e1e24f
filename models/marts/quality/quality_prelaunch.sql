-- One row for each thing that an experiment needs to see: does it arrive, how often, for every variant, and whole?
with

watched as (select * from {{ ref('int_watched_events') }}),

matched as (select * from {{ ref('int_watched_matches') }}),

totals as (
    select
        m.watch_id,
        sum(m.events) as events,
        sum(m.internal_events) as internal_events,
        sum(m.events_not_read) filter (where m.read_property != '') as events_not_read,
        sum(case e.unit_type when 'device' then m.events_without_device when 'session' then m.events_without_session end)
            filter (where m.is_exposure) as events_without_unit,
        sum(m.events) filter (where m.is_exposure and m.variant_id is not null and v.variant_id is null) as events_of_unknown_variants,
        min(m.variant_id) filter (where m.is_exposure and v.variant_id is null) as unknown_variant,
        max(m.last_event_at) as last_event_at
    from matched as m
    inner join {{ ref('dim_experiments') }} as e on e.experiment_id = m.experiment_id
    left join {{ ref('dim_variants') }} as v on v.experiment_id = m.experiment_id and v.variant_id = m.variant_id
    group by m.watch_id
),

-- Every variant that has a weight at some time should be seen by every rule that does not name its variant itself.
expected as (
    select w.watch_id, a.variant_id, coalesce(sum(m.events), 0) as events
    from watched as w
    inner join (select experiment_id, variant_id from {{ ref('int_allocations') }} group by experiment_id, variant_id having max(weight) > 0) as a
        on a.experiment_id = w.experiment_id and a.variant_id = coalesce(w.variant_id, a.variant_id)
    left join matched as m on m.watch_id = w.watch_id and m.variant_id = a.variant_id
    where w.role = 'exposure' and w.event_name is not null
    group by w.watch_id, a.variant_id
),

variants as (
    select
        watch_id,
        {{ joined_text("variant_id || ': ' || cast(events as bigint)", "'; '", 'variant_id') }} as events_by_variant,
        {{ joined_text("case when events = 0 then variant_id end", "', '", 'variant_id') }} as silent_variants
    from expected
    group by watch_id
),

exposed as (select experiment_id, count(*) as units from {{ ref('int_exposures') }} group by experiment_id),

facts as (
    select
        w.experiment_id,
        e.experiment_name,
        case
            when e.ends_at <= n.as_of then 'ended'
            when e.starts_at > n.as_of or x.units is null then 'about to start'
            else 'running'
        end as phase,
        w.role,
        w.name,
        w.event_name,
        w.read_property,
        cast(coalesce(o.events, 0) as bigint) as events_of_name,
        cast(coalesce(t.events, 0) as bigint) as events,
        coalesce(t.events, 0) / {{ var('prelaunch_days') }} as events_per_day,
        cast(coalesce(t.internal_events, 0) as bigint) as internal_events,
        t.last_event_at,
        o.last_seen_at as event_last_seen_at,
        v.events_by_variant,
        v.silent_variants,
        cast(t.events_of_unknown_variants as bigint) as events_of_unknown_variants,
        t.unknown_variant,
        t.events_not_read / t.events as unread_share,
        t.events_without_unit / t.events as missing_unit_share,
        o.missing_property_share,
        o.property_problems,
        cast(coalesce(o.quarantined_events, 0) as bigint) as quarantined_events,
        o.last_reason
    from watched as w
    inner join {{ ref('dim_experiments') }} as e on e.experiment_id = w.experiment_id
    cross join {{ ref('int_as_of') }} as n
    left join totals as t on t.watch_id = w.watch_id
    left join variants as v on v.watch_id = w.watch_id
    left join {{ ref('int_watched_names') }} as o on o.event_name = w.event_name
    left join exposed as x on x.experiment_id = w.experiment_id
),

judged as (
    select *, {{ prelaunch_status() }} as status
    from facts
)

select
    {{ all_but(['last_reason', 'unknown_variant', 'read_property']) }},
    {{ prelaunch_advice() }} as what_to_do
from judged
