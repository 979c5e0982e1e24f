-- Values of the cells that enter inference by them: of quantiles in every tested segment, of means in the whole
-- experiment, whose bootstrap stands beside the main analysis. Grain: that of agg_value_histogram.
select h.*
from {{ ref('agg_value_histogram') }} as h
inner join {{ ref('dim_segments') }} as s
    on s.experiment_id = h.experiment_id and s.segment_dimension = h.segment_dimension and s.segment = h.segment
where s.is_large_enough and {{ is_known_by_exposure('s.basis') }} and (h.kind = 'quantile' or h.segment_dimension = 'all')
