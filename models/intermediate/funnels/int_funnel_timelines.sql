{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- What each unit did that plays a part in a funnel, in order. Steps that are held to one session, or to one value of a
-- property, have a timeline for each.
with

unit_types as (
    select 'user' as unit_type
    union
    select unit_type from {{ ref('dim_experiments') }}
),

-- An event that several rules may hold for does all of it at once.
put_together as (
    select funnel_id, unit_type, unit_id, held_session, held_value, event_id, event_time, bit_or(effect) as effect
    from (
        {{ events_of_funnels("r.event_name = e.event_name and not r.is_alone") }}
        union all
        {{ events_of_funnels("r.event_name = '*'") }}
    ) as parts
    group by funnel_id, unit_type, unit_id, held_session, held_value, event_id, event_time
),

moments as (
    {{ events_of_funnels("r.event_name = e.event_name and r.is_alone") }}
    union all
    select * from put_together
)

select
    m.funnel_id,
    m.unit_type,
    m.unit_id,
    m.held_session,
    m.held_value,
    {{ sorted_list(funnel_moment('m.event_time', 'coalesce(t.tie_order, 0)', 'm.effect')) }} as timeline
from moments as m
left join {{ ref('int_tied_events') }} as t on t.event_id = m.event_id
group by m.funnel_id, m.unit_type, m.unit_id, m.held_session, m.held_value
