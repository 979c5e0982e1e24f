-- Units that reached each step, of all exposed ones, by allocation epoch: what the comparison of variants reads, with the
-- step in the place of a metric. Sessions are no randomised units, so funnels counted per session are not compared.
with

cells as (
    select x.experiment_id, s.segment_dimension, s.segment, x.variant_id, x.allocation_epoch, x.unit_id
    from {{ ref('int_exposures') }} as x
    inner join {{ ref('unit_segments') }} as s on s.experiment_id = x.experiment_id and s.unit_id = x.unit_id
    inner join {{ ref('dim_segments') }} as d
        on d.experiment_id = s.experiment_id and d.segment_dimension = s.segment_dimension and d.segment = s.segment
    where x.source_door = 'events' and d.is_large_enough and {{ is_known_by_exposure('d.basis') }}
),

sizes as (
    select experiment_id, segment_dimension, segment, variant_id, allocation_epoch, count(*) as units
    from cells
    group by experiment_id, segment_dimension, segment, variant_id, allocation_epoch
),

reached as (
    select
        a.funnel_id, a.step_number, c.experiment_id, c.segment_dimension, c.segment, c.variant_id, c.allocation_epoch,
        count(*) as successes
    from {{ ref('fct_funnel_attempts') }} as a
    inner join cells as c on c.experiment_id = a.experiment_id and c.unit_id = a.unit_id
    group by
        a.funnel_id, a.step_number, c.experiment_id, c.segment_dimension, c.segment, c.variant_id, c.allocation_epoch
),

filled as (
    select z.*, s.funnel_id, s.step_number, coalesce(r.successes, 0) as successes
    from sizes as z
    cross join {{ ref('int_funnel_steps') }} as s
    inner join {{ ref('int_funnels') }} as f on f.funnel_id = s.funnel_id
    left join reached as r
        on r.funnel_id = s.funnel_id and r.step_number = s.step_number and r.experiment_id = z.experiment_id
        and r.segment_dimension = z.segment_dimension and r.segment = z.segment and r.variant_id = z.variant_id
        and r.allocation_epoch = z.allocation_epoch
    where f.counted_per = 'unit' and f.counts_whom in ('exposed', 'both')
)

select
    experiment_id,
    segment_dimension,
    segment,
    {{ funnel_step_key('funnel_id', 'step_number') }} as metric_id,
    'conversion' as kind,
    variant_id,
    allocation_epoch,
    units,
    successes,
    cast(successes as double) as value_sum,
    successes * (1 - successes / units) as centred_sum_squares,
    cast(null as double) as denominator_sum,
    cast(null as double) as denominator_centred_sum_squares,
    cast(null as double) as centred_cross_products
from filled
