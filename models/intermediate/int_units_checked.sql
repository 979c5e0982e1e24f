-- Every row of the units door, judged. One unit has one row a metric; the first in time stands, later ones repeat
-- or contradict it, and a unit whose variants cannot be put in order has none.
with

units as (
    select
        {{ all_but(['unit_id', 'raw_payload']) }},
        {{ identifier('unit_id') }} as unit_id,
        {{ kept_payload('raw_payload') }} as raw_payload,
        {{ fingerprint(['variant_id', 'exposed_at', 'value', 'denominator', 'covariate', 'segments']) }} as payload_fingerprint
    from {{ forgotten_rows('input_units') }}
),

experiments as (select experiment_id, starts_at, ends_at from {{ ref('dim_experiments') }}),

judged as (
    select
        u.*,
        case
            when u.defect is not null then u.defect
            when e.experiment_id is null then 'unknown_experiment'
            when v.variant_id is null then 'unknown_variant'
            when m.metric_id is null then 'unknown_metric'
            when {{ in_future('u.exposed_at') }} then 'exposed_in_future'
            when u.exposed_at < {{ time_of_variable('plausible_from') }} then 'before_plausible_date'
            when u.exposed_at < e.starts_at or u.exposed_at >= e.ends_at then 'outside_experiment_period'
            when not ({{ is_finite('u.value') }} and {{ is_finite('u.denominator') }} and {{ is_finite('u.covariate') }})
                then 'value_not_finite'
            when abs(u.value) >= 1e9 or abs(u.denominator) >= 1e9 or abs(u.covariate) >= 1e9 then 'value_out_of_range'
            when d.kind = 'conversion' and u.value not in (0, 1) then 'conversion_not_0_or_1'
            when d.kind = 'ratio' and u.denominator is null then 'missing_denominator'
            when u.segments is not null and not {{ json_is_object('u.segments') }} then 'broken_segments'
        end as quarantine_reason
    from units as u
    left join experiments as e on e.experiment_id = u.experiment_id
    left join {{ ref('dim_variants') }} as v on v.experiment_id = u.experiment_id and v.variant_id = u.variant_id
    left join {{ ref('int_experiment_metrics') }} as m on m.experiment_id = u.experiment_id and m.metric_id = u.metric_id
    left join {{ ref('dim_metrics') }} as d on d.metric_id = u.metric_id
),

placed as (
    select
        *,
        row_number() over same_row as place,
        first_value(payload_fingerprint) over same_row as first_fingerprint,
        first_value(exposed_at) over same_row as first_exposed_at,
        first_value(variant_id) over same_row as first_variant_id
    from judged
    window same_row as (
        partition by experiment_id, unit_id, metric_id, quarantine_reason is null
        order by exposed_at nulls last, payload_fingerprint, load_id
    )
),

unordered as (
    select distinct experiment_id, unit_id
    from placed
    where quarantine_reason is null and variant_id != first_variant_id and exposed_at is not distinct from first_exposed_at
)

select
    {{ all_but(['place', 'first_fingerprint', 'first_exposed_at', 'first_variant_id', 'quarantine_reason', 'defect'], 'p') }},
    case when u.unit_id is not null then coalesce(p.quarantine_reason, 'contradictory_variant') else p.quarantine_reason end
        as quarantine_reason,
    case
        when p.quarantine_reason = 'erased' then 'excluded'
        when p.quarantine_reason is not null or u.unit_id is not null then 'quarantined'
        when p.place = 1 then 'valid'
        when p.payload_fingerprint = p.first_fingerprint then 'duplicate'
        else 'conflicting'
    end as status
from placed as p
left join unordered as u on u.experiment_id = p.experiment_id and u.unit_id = p.unit_id
