-- depends_on: {{ ref('definition_problems') }}
select
    hypothesis_id,
    experiment_id,
    metric_id,
    coalesce(segment_dimension, 'all') as segment_dimension,
    family,
    correction,
    cast(alpha as double) as alpha
from {{ definition('hypotheses') }}
