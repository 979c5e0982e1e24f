select
    p.* exclude (note, confidence),
    c.basis,
    c.role,
    p.note,
    p.confidence
from {{ ref('calc_posteriors') }} as p
inner join {{ ref('results_comparisons') }} as c
    using (experiment_id, segment_dimension, segment, metric_id, variant_id, baseline_variant_id)
