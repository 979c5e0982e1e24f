select
    c.experiment_id,
    c.unit_id,
    c.segment_dimension,
    s.reported_segment as segment,
    c.segment as segment_before_merge,
    c.basis
from {{ ref('int_segment_candidates') }} as c
inner join {{ ref('int_segment_sizes') }} as s
    on s.experiment_id = c.experiment_id and s.segment_dimension = c.segment_dimension and s.segment = c.segment
