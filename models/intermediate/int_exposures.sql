{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- First exposure of each unit, from events and from the units door.
with

-- One pass for all that is taken from the first exposure.
first_events as (
    select
        experiment_id,
        unit_type,
        unit_id,
        {{ first_by(
            struct({
                'variant_id': 'variant_id', 'event_time': 'event_time', 'sequence': 'sequence', 'event_id': 'event_id',
                'received_time': 'received_time', 'properties': 'properties'
            }),
            struct({'t': 'event_time', 's': 'sequence', 'id': 'event_id'})
        ) }} as exposure,
        count(*) as exposures,
        count(distinct variant_id) as variants_seen
    from {{ ref('int_exposure_events') }}
    where quarantine_reason is null and {{ is_touched('unit_id') }}
    group by experiment_id, unit_type, unit_id
),

from_events as (
    select
        experiment_id,
        unit_type,
        unit_id,
        exposure.variant_id,
        exposure.event_time as exposed_at,
        exposure.sequence as exposure_sequence,
        exposure.event_id as exposure_event_id,
        exposure.received_time,
        exposure.properties as attributes,
        exposures,
        variants_seen,
        'events' as source_door
    from first_events
),

from_units as (
    select
        u.experiment_id,
        e.unit_type,
        u.unit_id,
        {{ first_by('u.variant_id', struct({'t': "coalesce(u.exposed_at, timestamp '1900-01-01')", 'v': 'u.variant_id'})) }} as variant_id,
        min(u.exposed_at) as exposed_at,
        cast(0 as bigint) as exposure_sequence,
        cast(null as varchar) as exposure_event_id,
        min(u.exposed_at) as received_time,
        min(u.segments) as attributes,
        count(distinct u.exposed_at) as exposures,
        count(distinct u.variant_id) as variants_seen,
        'units' as source_door
    from {{ ref('int_units_checked') }} as u
    inner join {{ ref('dim_experiments') }} as e on e.experiment_id = u.experiment_id
    where u.status in ('valid', 'conflicting') and {{ is_touched('u.unit_id') }}
    group by u.experiment_id, e.unit_type, u.unit_id
),

epochs as (
    select distinct experiment_id, allocation_epoch, effective_from, effective_until from {{ ref('int_allocations') }}
),

combined as (
    select * from from_events
    union all
    select * from from_units
)

select
    {{ all_but(['exposures'], 'c') }},
    greatest(c.exposures, 1) as exposures,
    c.variants_seen > 1 as is_contaminated,
    -- A unit without a time, or before the first weights, belongs to the first epoch.
    coalesce(e.allocation_epoch, 1) as allocation_epoch
from combined as c
left join epochs as e
    on e.experiment_id = c.experiment_id and c.exposed_at >= e.effective_from and c.exposed_at < e.effective_until
