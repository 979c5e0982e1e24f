{{ config(materialized='view') }}

-- Which events of the calendar each unit's metric met: from its exposure until its window closed. Grain: experiment ×
-- unit × metric, of those that met any.
with

met as (
    select distinct u.experiment_id, u.unit_id, u.metric_id, c.event_name
    from {{ ref('int_unit_metrics') }} as u
    inner join {{ ref('int_calendar_checked') }} as c
        on c.ends_at > u.exposed_at and (c.starts_at <= u.exposed_at or c.starts_at < u.ripe_at)
    where c.status = 'valid' and u.is_ripe and u.value is not null
)

select experiment_id, unit_id, metric_id, {{ joined_text('event_name', "' + '", 'event_name') }} as calendar_events
from met
group by experiment_id, unit_id, metric_id
