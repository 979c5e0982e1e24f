-- Events that an exposure rule reads as an exposure, judged: known variant, inside the experiment's dates.
with

matched as (
    select
        r.experiment_id,
        r.unit_type,
        case r.unit_type when 'user' then e.person_id when 'device' then e.device_id else e.session_id end as unit_id,
        coalesce({{ json_text('e.properties', 'r.variant_property') }}, r.variant_id) as variant_id,
        e.event_time,
        e.sequence,
        e.event_id,
        e.received_time,
        e.properties,
        e.load_id,
        r.starts_at,
        r.ends_at
    from {{ ref('fct_events') }} as e
    inner join {{ ref('int_exposure_rules') }} as r on r.event_name = e.event_name
    where {{ matches(json_text('e.properties', 'r.property'), 'r.operator', 'r.value') }}
)

select
    m.* exclude (starts_at, ends_at),
    case
        when m.unit_id is null then 'missing_' || m.unit_type || '_id'
        when m.variant_id is null then 'missing_variant'
        when v.variant_id is null then 'unknown_variant'
        when m.event_time < m.starts_at or m.event_time >= m.ends_at then 'outside_experiment_period'
    end as quarantine_reason
from matched as m
left join {{ ref('dim_variants') }} as v on v.experiment_id = m.experiment_id and v.variant_id = m.variant_id
