-- depends_on: {{ ref('definition_problems') }}
select
    hypothesis_id,
    experiment_id,
    metric_id,
    coalesce(segment_dimension, 'all') as segment_dimension,
    family,
    correction,
    cast(alpha as double) as alpha,
    coalesce(direction, 'two_sided') as direction,
    cast(non_inferiority_lift as double) as non_inferiority_lift,
    cast(smallest_lift as double) as smallest_lift,
    coalesce(cast(power as double), 0.8) as power,
    coalesce(stopping_rule, 'fixed_horizon') as stopping_rule,
    cast(looks as bigint) as looks,
    -- The default of the published designs (Hwang, Shih & DeCani 1990; gsDesign): close to O'Brien and Fleming.
    case when stopping_rule = 'hwang_shih_decani' then coalesce(cast(spending_gamma as double), -4) end as spending_gamma,
    cast(planned_units as bigint) as planned_units
from {{ definition('hypotheses') }}
