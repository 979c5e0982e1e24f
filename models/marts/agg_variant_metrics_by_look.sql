with

-- A quantile is no matter of sums, so it has no looks.
changes as (
    select c.*
    from {{ ref('int_look_changes') }} as c
    inner join {{ ref('dim_metrics') }} as m on m.metric_id = c.metric_id
    where c.is_counted and m.kind != 'quantile'
),

centres as (
    select experiment_id, metric_id, cast(avg(value) as decimal(18, 6)) as centre from changes group by experiment_id, metric_id
),

deltas as (
    select
        c.experiment_id, s.segment_dimension, s.segment, min(s.basis) as basis, c.metric_id, x.variant_id, c.look_at,
        count(*) filter (where c.value_before is null) as units,
        sum(c.value - coalesce(c.value_before, 0)) as value_sum,
        sum((c.value - m.centre) * (c.value - m.centre)
            - coalesce((c.value_before - m.centre) * (c.value_before - m.centre), 0)) as squares,
        sum(c.value - coalesce(c.value_before, m.centre)) as deviations,
        sum(c.denominator - coalesce(c.denominator_before, 0)) as denominator_sum
    from changes as c
    inner join {{ ref('int_exposures') }} as x on x.experiment_id = c.experiment_id and x.unit_id = c.unit_id
    inner join {{ ref('unit_segments') }} as s on s.experiment_id = c.experiment_id and s.unit_id = c.unit_id
    inner join centres as m on m.experiment_id = c.experiment_id and m.metric_id = c.metric_id
    -- Looks are there to be tested, and who does what after the exposure changes from look to look.
    where {{ is_known_by_exposure('s.basis') }}
    group by c.experiment_id, s.segment_dimension, s.segment, c.metric_id, x.variant_id, c.look_at
),

-- Every look of an experiment has a row for every cell that exists by then, changed or not.
looks as (
    select d.experiment_id, {{ explode(looks_between('min(d.look_at)', 'min(a.as_of)', 'min(e.look_interval)')) }} as look_at
    from deltas as d
    inner join {{ ref('dim_experiments') }} as e on e.experiment_id = d.experiment_id
    cross join {{ ref('int_as_of') }} as a
    group by d.experiment_id
),

cells as (
    select experiment_id, segment_dimension, segment, metric_id, variant_id, min(basis) as basis, min(look_at) as first_look_at
    from deltas
    group by experiment_id, segment_dimension, segment, metric_id, variant_id
),

cumulated as (
    select
        c.experiment_id, c.segment_dimension, c.segment, c.basis, c.metric_id, c.variant_id, l.look_at,
        sum(d.units) over so_far as units,
        sum(d.value_sum) over so_far as value_sum,
        sum(d.squares) over so_far as squares,
        sum(d.deviations) over so_far as deviations,
        sum(d.denominator_sum) over so_far as denominator_sum
    from cells as c
    inner join looks as l on l.experiment_id = c.experiment_id and l.look_at >= c.first_look_at
    left join deltas as d
        on d.experiment_id = c.experiment_id and d.segment_dimension = c.segment_dimension and d.segment = c.segment
        and d.metric_id = c.metric_id and d.variant_id = c.variant_id and d.look_at = l.look_at
    window so_far as (
        partition by c.experiment_id, c.segment_dimension, c.segment, c.metric_id, c.variant_id order by l.look_at
    )
)

select
    c.experiment_id,
    c.segment_dimension,
    c.segment,
    c.basis,
    c.metric_id,
    m.kind,
    c.variant_id,
    dense_rank() over (partition by c.experiment_id order by c.look_at) as look,
    c.look_at,
    cast(c.units as bigint) as units,
    case when m.kind = 'conversion' then cast(c.value_sum as bigint) end as successes,
    cast(c.value_sum as double) as value_sum,
    case when m.kind = 'ratio' then cast(c.value_sum as double) / nullif(cast(c.denominator_sum as double), 0)
        else cast(c.value_sum as double) / c.units end as mean,
    greatest(cast(c.squares as double) - cast(c.deviations as double) * cast(c.deviations as double) / c.units, 0)
        as centred_sum_squares,
    case when m.kind = 'ratio' then cast(c.denominator_sum as double) end as denominator_sum
from cumulated as c
inner join {{ ref('dim_metrics') }} as m on m.metric_id = c.metric_id
