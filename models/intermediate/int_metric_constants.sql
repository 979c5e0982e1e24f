-- What is subtracted from the values of each metric before they are squared, and where they are capped. Both are of all
-- arms together: the variant has no say in them. Grain: experiment × metric.
with

units as (
    select u.*, m.winsorize_at
    from {{ ref('int_unit_metrics') }} as u
    inner join {{ ref('dim_metrics') }} as m on m.metric_id = u.metric_id
    where u.is_ripe and u.value is not null
),

value_counts as (
    select experiment_id, metric_id, winsorize_at, value, count(*) as units
    from units
    where winsorize_at is not null
    group by experiment_id, metric_id, winsorize_at, value
),

shares as (
    select
        *,
        cast(sum(units) over (partition by experiment_id, metric_id order by value) as double)
        / cast(sum(units) over (partition by experiment_id, metric_id) as double) as share_up_to
    from value_counts
),

-- The least value that this share of the units does not exceed: one that was seen, so nothing depends on interpolation.
caps as (
    select experiment_id, metric_id, min(value) as cap
    from shares
    where share_up_to >= winsorize_at
    group by experiment_id, metric_id
)

select
    u.experiment_id,
    u.metric_id,
    min(c.cap) as cap,
    cast(sum(u.value) / count(*) as decimal(18, 6)) as centre,
    cast(coalesce(sum(u.denominator), 0) / count(*) as decimal(18, 6)) as denominator_centre,
    cast(coalesce(sum(u.covariate) / count(u.covariate), 0) as decimal(18, 6)) as covariate_centre
from units as u
left join caps as c on c.experiment_id = u.experiment_id and c.metric_id = u.metric_id
group by u.experiment_id, u.metric_id
