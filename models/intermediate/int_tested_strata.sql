-- Strata of the cells that enter inference: segments of the minimum size, known at or before exposure. A quantile is no
-- matter of sums: int_tested_histogram has it.
select v.*
from {{ ref('int_variant_strata') }} as v
inner join {{ ref('dim_segments') }} as s
    on s.experiment_id = v.experiment_id and s.segment_dimension = v.segment_dimension and s.segment = v.segment
where s.is_large_enough and {{ is_known_by_exposure('s.basis') }} and v.units > 0 and v.kind != 'quantile'
