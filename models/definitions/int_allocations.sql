-- Allocation epochs: from when each set of weights held. An experiment without weights has one epoch of equal ones.
with

given as (
    select
        experiment_id,
        variant_id,
        coalesce(cast(effective_from as timestamp), timestamp '1900-01-01') as effective_from,
        cast(weight as double) as weight
    from {{ definition('allocations') }}
),

equal as (
    select v.experiment_id, v.variant_id, timestamp '1900-01-01' as effective_from, 1.0 as weight
    from {{ ref('dim_variants') }} as v
    where v.experiment_id not in (select experiment_id from given)
),

numbered as (
    select
        *,
        cast(dense_rank() over (partition by experiment_id order by effective_from) as bigint) as allocation_epoch
    from (select * from given union all select * from equal) as weights
)

select
    experiment_id,
    variant_id,
    allocation_epoch,
    effective_from,
    coalesce(
        min(effective_from) over (
            partition by experiment_id order by allocation_epoch range between 1 following and unbounded following
        ),
        timestamp '9999-12-31'
    ) as effective_until,
    weight / sum(weight) over (partition by experiment_id, allocation_epoch) as weight
from numbered
