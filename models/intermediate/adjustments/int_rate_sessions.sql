{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- Sessions that were in a section, and whether the event that a rate counts came in it too. A session is known as a whole
-- on the day it ends.
with

events as (
    select * from {{ ref('int_person_events') }}
    where {{ is_written_since('version') }} and session_id is not null
),

sections as (
    select t.rate, e.session_id, coalesce({{ json_text('e.properties', 't.by_property') }}, case when t.by_property is null then 'all' end) as section
    from events as e
    inner join {{ ref('int_rates') }} as t on t.of_event_name = e.event_name
),

counted as (
    select t.rate, e.session_id, coalesce({{ json_text('e.properties', 't.by_property') }}, case when t.by_property is null then 'all' end) as section
    from events as e
    inner join {{ ref('int_rates') }} as t on t.event_name = e.event_name
    where {{ matches(json_text('e.properties', 't.property'), 't.operator', 't.operand') }}
)

select
    s.person_id,
    s.session_id,
    v.rate,
    v.section,
    cast(s.ended_at as date) as day,
    (v.rate, v.session_id, v.section) in (select (rate, session_id, section) from counted) as is_counted
from (select distinct rate, session_id, section from sections where section is not null) as v
inner join {{ ref('int_session_facts') }} as s on s.session_id = v.session_id
where {{ is_written_since('s.version') }}
