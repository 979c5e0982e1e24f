{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- Events that count for a metric of an experiment: after the unit's exposure and inside the metric's window; those of the
-- covariate before it, in a window of its own.
-- Grain: experiment × metric × part × event.
with

candidates as (
    select
        s.experiment_id,
        case s.unit_type when 'user' then e.person_id when 'device' then e.device_id else e.session_id end as unit_id,
        s.metric_id,
        s.part,
        s.measure,
        s.window_start_seconds,
        s.window_end_seconds,
        e.event_id,
        e.event_time,
        e.sequence,
        e.received_time,
        e.load_id,
        case
            when s.value_property is null then 1
            else try_cast({{ json_text('e.properties', 's.value_property') }} as decimal(18, 6))
        end as value
    from {{ ref('int_person_events') }} as e
    inner join {{ ref('int_metric_specs') }} as s on s.event_name = e.event_name
    where {{ matches(json_text('e.properties', 's.property'), 's.operator', 's.operand') }}
        and {{ may_be_touched('e.version') }}
        and {{ is_touched("case s.unit_type when 'user' then e.person_id when 'device' then e.device_id else e.session_id end", 'unit_id') }}
)

select
    c.experiment_id,
    c.unit_id,
    c.metric_id,
    c.part,
    c.event_id,
    c.event_time,
    c.received_time,
    c.load_id,
    case
        when c.measure = 'duration' then cast({{ seconds_between('x.exposed_at', 'c.event_time') }} as decimal(18, 6))
        when abs(c.value) < 1e9 then c.value
    end as value
from candidates as c
inner join {{ ref('int_exposures') }} as x on x.experiment_id = c.experiment_id and x.unit_id = c.unit_id
where x.source_door = 'events'
    and (c.part = 'covariate' or {{ is_after_exposure('c', 'x') }})
    and c.event_time >= {{ add_seconds('x.exposed_at', 'c.window_start_seconds') }}
    and c.event_time < {{ add_seconds('x.exposed_at', 'c.window_end_seconds') }}
