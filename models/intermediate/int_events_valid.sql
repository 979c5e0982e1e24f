{{ config(materialized='view') }}

-- The events that count, each once, with the person behind them.
select
    e.*,
    coalesce(e.user_id, i.user_id, e.device_id) as person_id
from {{ ref('int_events_kept') }} as e
left join {{ ref('int_identity') }} as i on i.device_id = e.device_id
