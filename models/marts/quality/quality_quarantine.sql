with

events as (
    select 'events' as door, load_id, 'event' as record, 'quarantined' as status, quarantine_reason as reason, event_id as row_key,
        raw_payload, {{ quarantining_problem('property_problems') }}.property as property
    from {{ ref('int_events_checked') }}
    where quarantine_reason is not null

    union all
    select 'events', load_id, 'event', 'excluded', exclusion_reason, event_id, raw_payload, null
    from {{ ref('int_events_checked') }}
    where exclusion_reason is not null

    union all
    select 'events', load_id, 'event', 'conflicting', 'same_id_other_payload', event_id, {{ event_as_json() }}, null
    from {{ ref('int_event_repeats') }}
    where status = 'conflicting'
),

units as (
    select 'units' as door, load_id, 'unit' as record, status, coalesce(quarantine_reason, 'same_unit_other_values') as reason,
        experiment_id || '/' || unit_id || '/' || metric_id as row_key, raw_payload
    from {{ ref('int_units_checked') }}
    where status not in ('valid', 'duplicate')
),

counts as (
    select 'counts' as door, load_id, 'count' as record, status, quarantine_reason as reason,
        experiment_id || '/' || variant_id || '/' || metric_id as row_key, raw_payload
    from {{ ref('int_counts_checked') }}
    where status = 'quarantined'
),

side_inputs as (
    select 'unit_attributes' as door, load_id, 'attribute' as record, status, quarantine_reason as reason,
        unit_id || '/' || attribute as row_key, raw_payload
    from {{ ref('int_unit_attributes_checked') }}
    where status not in ('valid', 'duplicate')

    union all
    select 'calendar', load_id, 'calendar event', status, quarantine_reason, event_name, raw_payload
    from {{ ref('int_calendar_checked') }}
    where status = 'quarantined'
),

-- Valid events that cannot serve as what a definition takes them for.
uses as (
    select 'events' as door, load_id, 'exposure' as record, 'quarantined' as status, quarantine_reason as reason,
        experiment_id || '/' || event_id as row_key, properties as raw_payload
    from {{ ref('int_exposure_events') }}
    where quarantine_reason is not null

    union all
    select 'events', load_id, 'metric value', 'quarantined', 'unreadable_or_out_of_range_value',
        experiment_id || '/' || metric_id || '/' || event_id, null
    from {{ ref('int_metric_events') }}
    where value is null
),

others as (
    select * from units
    union all
    select * from counts
    union all
    select * from side_inputs
    union all
    select * from uses
    union all
    select door, load_id, record, 'quarantined', reason, row_key, raw_payload from {{ ref('int_rejected_lines') }}
)

select door, load_id, record, status, reason, property, row_key, raw_payload from events
union all
select door, load_id, record, status, reason, null, row_key, raw_payload from others
