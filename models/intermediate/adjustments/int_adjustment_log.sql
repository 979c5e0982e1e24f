{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- What was served or withheld, as the log events tell, and what the person did in the window of the rule's metric.
with

-- Named like an exposure, which it is.
logged as (
    select
        e.person_id,
        e.session_id,
        e.event_id as exposure_event_id,
        e.sequence as exposure_sequence,
        e.event_time as exposed_at,
        e.received_time,
        {{ json_text('e.properties', 'l.rule_property') }} as rule_id,
        {{ json_text('e.properties', 'l.content_property') }} as content_variant,
        coalesce(try_cast({{ json_text('e.properties', 'l.holdout_property') }} as boolean), false) as is_holdout
    from {{ ref('int_person_events') }} as e
    inner join {{ ref('int_adjustment_events') }} as l on l.event_name = e.event_name
    where {{ is_written_since('e.version') }}
        and {{ matches(json_text('e.properties', 'l.property'), 'l.operator', 'l.operand') }}
),

counted as (
    select
        l.exposure_event_id,
        e.event_time,
        case
            when r.value_property is null then 1
            else try_cast({{ json_text('e.properties', 'r.value_property') }} as decimal(18, 6))
        end as value
    from logged as l
    inner join {{ ref('int_adjustment_rules') }} as r on r.rule_id = l.rule_id
    inner join {{ ref('int_person_events') }} as e on e.person_id = l.person_id and e.event_name = r.outcome_event_name
    where {{ is_written_since('e.version') }}
        and {{ matches(json_text('e.properties', 'r.property'), 'r.operator', 'r.operand') }}
        and {{ is_after_exposure('e', 'l') }}
        and e.event_time >= {{ add_seconds('l.exposed_at', 'r.window_start_seconds') }}
        and e.event_time < {{ add_seconds('l.exposed_at', 'r.window_end_seconds') }}
),

outcomes as (
    select exposure_event_id, min(event_time) as converted_at, sum(value) as outcome_value
    from counted
    where abs(value) < 1e9
    group by exposure_event_id
)

select
    l.exposure_event_id as adjustment_id,
    l.rule_id,
    l.content_variant,
    l.is_holdout,
    l.person_id,
    l.session_id,
    l.exposed_at as served_at,
    l.exposure_sequence as sequence,
    l.received_time,
    o.converted_at,
    o.outcome_value
from logged as l
left join outcomes as o on o.exposure_event_id = l.exposure_event_id
