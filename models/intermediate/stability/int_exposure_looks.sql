-- Units that each look newly knows of: what the test of the sample ratio over looks reads. Grain: experiment ×
-- allocation epoch × variant × look.
select
    x.experiment_id,
    x.allocation_epoch,
    x.variant_id,
    {{ look_after('greatest(x.exposed_at, x.received_time)', 'e.look_interval') }} as look_at,
    count(*) as units
from {{ ref('int_exposures') }} as x
inner join {{ ref('dim_experiments') }} as e on e.experiment_id = x.experiment_id
where x.exposed_at is not null
group by x.experiment_id, x.allocation_epoch, x.variant_id,
    {{ look_after('greatest(x.exposed_at, x.received_time)', 'e.look_interval') }}
