{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- When each person did anything, in order. Sorted once here; sessions are a fold over it. A list of bare times sorts
-- three to four times as fast as one of events.
select
    person_id,
    {{ sorted_list('event_time') }} as timeline
from {{ valid_events_of_touched() }}
where {{ is_touched('person_id') }}
group by person_id
