{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'load_id'}, post_hook=[
        "{{ microlift.log_erased_devices() }}", "{{ microlift.forget_stored_events() }}", "{{ microlift.drop_read_tombstones() }}",
        "{{ microlift.record_build() }}"
    ]
) }}

-- Every raw event row, typed and judged on its own by what will not change. A build reads the loads that changed.
with

events as (
    select * from {{ ref('input_events') }}
    where {{ is_touched_load('load_id') }}
),

vocabulary as (select event_name, true as is_known from {{ ref('int_event_names') }}),

taxonomy as (select event_name, demands from {{ ref('int_event_rules') }}),

exclusions as (
    select
        {{ sorted_list('rule') }} as rules,
        {{ sorted_list('rule', "scope != 'event'") }} as wider_rules
    from (
        select
            scope,
            {{ struct({
                'exclusion_id': 'exclusion_id', 'event_name': 'event_name', 'property': 'property', 'operator': 'operator', 'value': 'value',
                'scope': 'scope', 'reason': 'reason'
            }) }} as rule
        from {{ ref('int_exclusions') }}
    ) as named
),

typed as (
    select
        e.event_id,
        e.event_name,
        e.event_time,
        coalesce(e.received_time, e.event_time) as received_time,
        e.user_id,
        e.device_id,
        e.tracker_session_id,
        coalesce(e.sequence, 0) as sequence,
        coalesce(e.properties, '{}') as properties,
        e.load_id,
        e.raw_payload,
        case
            when e.defect is not null then e.defect
            when e.user_id is null and e.device_id is null then 'missing_unit_id'
            when e.event_time > {{ add_seconds('e.received_time', var('clock_tolerance_seconds')) }} then 'event_after_received'
            when e.event_time < {{ time_of_variable('plausible_from') }} then 'before_plausible_date'
            when {{ byte_length('e.properties') }} > {{ var('max_payload_bytes') }} then 'payload_too_large'
            when e.properties is not null and not {{ json_is_object('e.properties') }} then 'broken_properties'
            when v.is_known is null and (select count(*) from vocabulary) > 0 then 'unknown_event_name'
        end as quarantine_reason
    from events as e
    left join vocabulary as v on v.event_name = e.event_name
),

found_wanting as (
    select
        t.*,
        case when t.quarantine_reason is null and x.demands is not null
            then {{ property_problems('t.properties', 'x.demands') }}
        end as property_problems
    from typed as t
    left join taxonomy as x on x.event_name = t.event_name
),

held_to_taxonomy as (
    select * replace (coalesce(quarantine_reason, {{ quarantining_problem('property_problems') }}.problem) as quarantine_reason)
    from found_wanting
),

judged as (
    select
        t.*,
        case when t.quarantine_reason is null and {{ may_match(ref('int_exclusions'), 't.properties') }}
            then {{ first_match(rules_of_event('x.rules', 't.event_name'), json_text('t.properties', 'rule.property')) }}.reason
        end as exclusion_reason,
        -- A wish to be left out holds even where the row that says so is broken.
        case when {{ may_match(ref('int_exclusions'), 't.properties') }}
            then {{ first_match(rules_of_event('x.wider_rules', 't.event_name'), json_text(valid_json('t.properties'), 'rule.property')) }}
        end as opt_out
    from held_to_taxonomy as t
    cross join exclusions as x
),

kept as (
    select
        {{ all_but(['raw_payload', 'opt_out', 'user_id', 'device_id', 'tracker_session_id', 'properties']) }},
        {{ identifier('user_id') }} as user_id,
        {{ identifier('device_id') }} as device_id,
        {{ identifier('tracker_session_id') }} as tracker_session_id,
        {{ without_private_text('properties') }} as properties,
        opt_out.reason as opt_out_reason,
        case when opt_out.scope = 'from_then_on' then least(event_time, received_time) end as opt_out_since,
        -- The raw row is only worth its space where it is needed to understand a rejection.
        case when quarantine_reason is not null or exclusion_reason is not null or {{ in_future('received_time') }} then {{ kept_payload('raw_payload') }} end
            as raw_payload,
        {{ row_hash('(event_id, event_name, event_time, received_time, user_id, device_id, tracker_session_id, sequence, properties, load_id)') }}
            as row_hash,
        {{ build_version() }} as version
    from judged
)

{{ forgotten_events('kept') }}
