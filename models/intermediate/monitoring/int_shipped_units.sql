-- Units that came since their experiment was shipped, of variants that had a share of them then. Who came earlier belongs
-- to the experiment; a variant without weight is no holdback, whatever stragglers it has. Grain: experiment × unit.
select x.experiment_id, x.unit_id, x.variant_id, x.allocation_epoch
from {{ ref('int_exposures') }} as x
inner join {{ ref('dim_experiments') }} as e on e.experiment_id = x.experiment_id and x.exposed_at >= e.shipped_at
inner join {{ ref('int_allocations') }} as a
    on a.experiment_id = x.experiment_id and a.variant_id = x.variant_id and a.allocation_epoch = x.allocation_epoch and a.weight > 0
