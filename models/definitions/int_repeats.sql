-- depends_on: {{ ref('definition_problems') }}
-- A row without a variant means the only one that is not the control.
select
    r.hypothesis_group,
    r.experiment_id,
    r.metric_id,
    v.variant_id
from {{ definition('repeats') }} as r
inner join {{ ref('dim_variants') }} as v
    on v.experiment_id = r.experiment_id and not v.is_control and v.variant_id = coalesce(r.variant_id, v.variant_id)
