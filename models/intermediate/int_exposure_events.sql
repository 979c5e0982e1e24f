{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- Events that an exposure rule reads as an exposure, judged: known variant, inside the experiment's dates.
with

-- Many rules read the same properties of the same event: each is read once, however many rules there are.
readings as (
    select distinct event_name, coalesce(property, '') as property, coalesce(variant_property, '') as variant_property
    from {{ ref('int_exposure_rules') }}
),

read_events as (
    select
        e.person_id,
        e.device_id,
        e.session_id,
        e.event_time,
        e.sequence,
        e.event_id,
        e.received_time,
        e.properties,
        e.load_id,
        r.event_name,
        r.property,
        r.variant_property,
        {{ json_text('e.properties', "nullif(r.property, '')") }} as actual,
        {{ json_text('e.properties', "nullif(r.variant_property, '')") }} as variant_read
    from {{ ref('int_person_events') }} as e
    inner join readings as r on r.event_name = e.event_name
    where {{ is_written_since('e.version') }}
),

matched as (
    select
        r.experiment_id,
        r.unit_type,
        e.person_id,
        case r.unit_type when 'user' then e.person_id when 'device' then e.device_id else e.session_id end as unit_id,
        coalesce(e.variant_read, r.variant_id) as variant_id,
        e.event_time,
        e.sequence,
        e.event_id,
        e.received_time,
        e.properties,
        e.load_id,
        r.starts_at,
        r.ends_at
    from read_events as e
    inner join {{ ref('int_exposure_rules') }} as r
        on r.event_name = e.event_name
        and coalesce(r.property, '') = e.property
        and coalesce(r.variant_property, '') = e.variant_property
    where {{ matches('e.actual', 'r.operator', 'r.value') }}
)

select
    {{ all_but(['starts_at', 'ends_at'], 'm') }},
    case
        when m.unit_id is null then 'missing_' || m.unit_type || '_id'
        when m.variant_id is null then 'missing_variant'
        when v.variant_id is null then 'unknown_variant'
        when m.event_time < m.starts_at or m.event_time >= m.ends_at then 'outside_experiment_period'
    end as quarantine_reason
from matched as m
left join {{ ref('dim_variants') }} as v on v.experiment_id = m.experiment_id and v.variant_id = m.variant_id
