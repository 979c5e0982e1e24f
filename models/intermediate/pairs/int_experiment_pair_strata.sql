-- Sufficient statistics of units that were exposed to two experiments: the primary metrics and guardrails of one, by
-- its variants and those of the other. Quantiles are no matter of sums. Grain: experiment × other experiment × other
-- variant × metric × variant × epoch.
-- depends_on: {{ ref('validate_exposures') }}
with

cells as (select * from {{ ref('int_experiment_pair_units') }}),

told as (
    select u.*
    from {{ ref('int_analysed_units') }} as u
    inner join {{ ref('int_experiment_metrics') }} as em on em.experiment_id = u.experiment_id and em.metric_id = u.metric_id
    where em.role in ('primary', 'guardrail') and u.kind != 'quantile'
        and u.experiment_id in (select experiment_id from cells)
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
        {{ stratum_statistics('u') }}
    from told as u
    inner join {{ ref('int_exposures') }} as x on x.experiment_id = u.experiment_id and x.unit_id = u.unit_id
    inner join {{ ref('int_exposures') }} as o
        on o.unit_id = u.unit_id and o.unit_type = x.unit_type and o.experiment_id != u.experiment_id
    group by u.experiment_id, o.experiment_id, o.variant_id, u.metric_id, u.kind, u.variant_id, u.allocation_epoch
)

select
    s.experiment_id,
    s.other_experiment_id,
    s.other_variant_id,
    s.metric_id,
    s.kind,
    s.variant_id,
    s.allocation_epoch,
    {{ stratum_columns('s', 's.kind') }}
from sums as s
inner join cells as c
    on c.experiment_id = s.experiment_id and c.other_experiment_id = s.other_experiment_id
    and c.variant_id = s.variant_id and c.other_variant_id = s.other_variant_id
