-- Sufficient statistics of units that were exposed to two experiments: the primary metrics and guardrails of one, by
-- its variants and those of the other. Grain: experiment × other experiment × other variant × metric × variant × epoch.
-- depends_on: {{ ref('validate_exposures') }}
with

cells as (select * from {{ ref('int_experiment_pair_units') }}),

told as (
    select u.*, m.kind
    from {{ ref('int_unit_metrics') }} as u
    inner join {{ ref('dim_metrics') }} as m on m.metric_id = u.metric_id
    inner join {{ ref('int_experiment_metrics') }} as em on em.experiment_id = u.experiment_id and em.metric_id = u.metric_id
    where u.is_ripe and u.value is not null and em.role in ('primary', 'guardrail')
        and u.experiment_id in (select experiment_id from cells)
),

centres as (
    select
        experiment_id,
        metric_id,
        cast(sum(value) / count(*) as decimal(18, 6)) as centre,
        cast(coalesce(sum(denominator), 0) / count(*) as decimal(18, 6)) as denominator_centre
    from told
    group by experiment_id, metric_id
),

sums as (
    select
        u.experiment_id,
        o.experiment_id as other_experiment_id,
        o.variant_id as other_variant_id,
        u.metric_id,
        u.kind,
        u.variant_id,
        u.allocation_epoch,
        count(*) as units,
        case when u.kind = 'conversion' then cast(sum(u.value) as bigint) end as successes,
        cast(sum(u.value) as double) as value_sum,
        greatest({{ centred_products('u.value', 'c.centre', 'u.value', 'c.centre') }}, 0) as centred_sum_squares,
        cast(sum(u.denominator) as double) as denominator_sum,
        greatest({{ centred_products('u.denominator', 'c.denominator_centre', 'u.denominator', 'c.denominator_centre') }}, 0)
            as denominator_centred_sum_squares,
        {{ centred_products('u.value', 'c.centre', 'u.denominator', 'c.denominator_centre') }} as centred_cross_products
    from told as u
    inner join centres as c on c.experiment_id = u.experiment_id and c.metric_id = u.metric_id
    inner join {{ ref('int_exposures') }} as x on x.experiment_id = u.experiment_id and x.unit_id = u.unit_id
    inner join {{ ref('int_exposures') }} as o
        on o.unit_id = u.unit_id and o.unit_type = x.unit_type and o.experiment_id != u.experiment_id
    group by u.experiment_id, o.experiment_id, o.variant_id, u.metric_id, u.kind, u.variant_id, u.allocation_epoch
)

select s.*
from sums as s
inner join cells as c
    on c.experiment_id = s.experiment_id and c.other_experiment_id = s.other_experiment_id
    and c.variant_id = s.variant_id and c.other_variant_id = s.other_variant_id
