-- depends_on: {{ ref('validate_exposures') }}
select
    u.experiment_id,
    s.segment_dimension,
    s.segment,
    min(s.basis) as basis,
    u.metric_id,
    u.kind,
    u.variant_id,
    u.allocation_epoch,
    cast(sum(u.value) as double) / count(*) as value,
    cast(min(u.value) as double) as value_low,
    cast(max(u.value) as double) as value_high,
    count(*) as units,
    greatest({{ centred_products('u.value', 'b.bin_low', 'u.value', 'b.bin_low') }}, 0) as centred_sum_squares
from {{ ref('int_analysed_units') }} as u
inner join {{ ref('int_value_bins') }} as b
    on b.experiment_id = u.experiment_id and b.metric_id = u.metric_id and b.value = u.value
inner join {{ ref('unit_segments') }} as s on s.experiment_id = u.experiment_id and s.unit_id = u.unit_id
group by
    u.experiment_id, s.segment_dimension, s.segment, u.metric_id, u.kind, u.variant_id, u.allocation_epoch, b.bin
