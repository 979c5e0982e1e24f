{{ config(materialized='view') }}

select
    load_id,
    cast(event_time as date) as event_day,
    count(*) as late_events,
    min(received_time) as first_received_at,
    max({{ seconds_between('event_time', 'received_time') }}) / 3600 as latest_hours
from {{ ref('fct_events') }}
where received_time > {{ add_seconds('event_time', (var('late_arrival_horizon_hours') * 3600) | int) }}
group by load_id, cast(event_time as date)
