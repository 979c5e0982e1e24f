{#
  What each look knows of these units, by allocation epoch, for the metrics that decide: primary or planned. `units` has
  experiment_id, unit_id, variant_id and allocation_epoch. `new_…` are the units that entered with the look; outcomes of
  earlier units that changed since are the rest. Grain: experiment × metric × variant × allocation epoch × look.
#}
{% macro look_strata(units) %}
with

changes as (select * from {{ ref('int_look_changes') }} where is_counted),

wanted as (
    select experiment_id, metric_id from {{ ref('int_experiment_metrics') }} where role = 'primary'
    union
    select experiment_id, metric_id from {{ ref('int_hypotheses') }} where segment_dimension = 'all'
),

centres as (
    select
        experiment_id, metric_id,
        cast(avg(value) as decimal(18, 6)) as centre,
        cast(avg(denominator) as decimal(18, 6)) as denominator_centre
    from changes
    group by experiment_id, metric_id
),

-- Deviations now and before; a unit that is new had none before.
deviations as (
    select
        c.experiment_id, c.metric_id, x.variant_id, x.allocation_epoch, c.look_at,
        c.value_before is null as is_new,
        c.value, coalesce(c.value_before, 0) as value_before,
        c.denominator, coalesce(c.denominator_before, 0) as denominator_before,
        c.value - m.centre as y, coalesce(c.value_before - m.centre, 0) as y_before,
        c.denominator - m.denominator_centre as x, coalesce(c.denominator_before - m.denominator_centre, 0) as x_before
    from changes as c
    inner join wanted as w on w.experiment_id = c.experiment_id and w.metric_id = c.metric_id
    inner join centres as m on m.experiment_id = c.experiment_id and m.metric_id = c.metric_id
    inner join {{ units }} as x on x.experiment_id = c.experiment_id and x.unit_id = c.unit_id
),

deltas as (
    select
        experiment_id, metric_id, variant_id, allocation_epoch, look_at,
        count(*) filter (where is_new) as new_units,
        coalesce(sum(value) filter (where is_new), 0) as new_value_sum,
        sum(value - value_before) as value_sum,
        sum(denominator - denominator_before) as denominator_sum,
        sum(y - y_before) as y, sum(x - x_before) as x,
        sum(y * y - y_before * y_before) as yy, sum(x * x - x_before * x_before) as xx, sum(x * y - x_before * y_before) as xy
    from deviations
    group by experiment_id, metric_id, variant_id, allocation_epoch, look_at
),

looks as (select distinct experiment_id, look, look_at from {{ ref('agg_variant_metrics_by_look') }} where segment_dimension = 'all'),

arms as (
    select experiment_id, metric_id, variant_id, allocation_epoch, min(look_at) as first_look_at
    from deltas
    group by experiment_id, metric_id, variant_id, allocation_epoch
),

cumulated as (
    select
        a.experiment_id, a.metric_id, a.variant_id, a.allocation_epoch, l.look, l.look_at,
        coalesce(d.new_units, 0) as new_units, coalesce(d.new_value_sum, 0) as new_value_sum,
        sum(d.new_units) over so_far as units
        {%- for name in ['value_sum', 'denominator_sum', 'y', 'x', 'yy', 'xx', 'xy'] %},
        cast(sum(d.{{ name }}) over so_far as double) as {{ name }}
        {%- endfor %}
    from arms as a
    inner join looks as l on l.experiment_id = a.experiment_id and l.look_at >= a.first_look_at
    left join deltas as d
        on d.experiment_id = a.experiment_id and d.metric_id = a.metric_id and d.variant_id = a.variant_id
        and d.allocation_epoch = a.allocation_epoch and d.look_at = l.look_at
    window so_far as (partition by a.experiment_id, a.metric_id, a.variant_id, a.allocation_epoch order by l.look_at)
)

select
    c.experiment_id, c.metric_id, m.kind, c.variant_id, c.allocation_epoch, c.look, c.look_at,
    cast(c.units as bigint) as units,
    cast(c.new_units as bigint) as new_units,
    case when m.kind = 'conversion' then cast(c.value_sum as bigint) end as successes,
    case when m.kind = 'conversion' then cast(c.new_value_sum as bigint) end as new_successes,
    c.value_sum,
    greatest(c.yy - c.y * c.y / c.units, 0) as centred_sum_squares,
    case when m.kind = 'ratio' then c.denominator_sum end as denominator_sum,
    case when m.kind = 'ratio' then greatest(c.xx - c.x * c.x / c.units, 0) end as denominator_centred_sum_squares,
    -- Rounding may carry the products past what the squares allow (Cauchy–Schwarz), by the last bit.
    case when m.kind = 'ratio' then least(
        greatest(c.xy - c.x * c.y / c.units, -sqrt(greatest(c.yy - c.y * c.y / c.units, 0) * greatest(c.xx - c.x * c.x / c.units, 0))),
        sqrt(greatest(c.yy - c.y * c.y / c.units, 0) * greatest(c.xx - c.x * c.x / c.units, 0))
    ) end as centred_cross_products
from cumulated as c
inner join {{ ref('dim_metrics') }} as m on m.metric_id = c.metric_id
-- Quantiles are read from values, of which looks have none.
where c.units > 0 and m.kind != 'quantile'
{% endmacro %}
