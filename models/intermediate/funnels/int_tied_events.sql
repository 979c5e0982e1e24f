{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- Events that share their moment with another of their person, and their order in it. There are few; whoever sorts by time
-- alone looks here.
with

moments as (
    select distinct person_id, event_time
    from (
        select
            person_id,
            timeline,
            {{ explode(positions_where('timeline', element('timeline', 'i') ~ ' = ' ~ element('timeline', 'i - 1'))) }} as position
        from {{ ref('int_unit_timelines') }}
        where {{ is_touched('person_id') }}
    ) as repeats
    cross join lateral (select {{ element('timeline', 'position') }} as event_time) as moment
)

select
    e.person_id,
    e.event_id,
    row_number() over (partition by e.person_id, e.event_time order by e.sequence, e.event_id) - 1 as tie_order
from {{ ref('int_person_events') }} as e
inner join moments as m on m.person_id = e.person_id and m.event_time = e.event_time
where {{ is_written_since('e.version') }}
