-- The bin of every value that a metric takes in an experiment, in any arm. Up to `histogram_values` different values
-- each is its own bin; of more, the outermost quarter on either side still is, and those between share bins of about
-- equal numbers of units. Equal values are never parted. Grain: experiment × metric × value.
{% set most = var('histogram_values') | int %}
with

value_counts as (
    select experiment_id, metric_id, value, count(*) as units
    from {{ ref('int_analysed_units') }}
    where kind in ('count', 'sum', 'quantile')
    group by experiment_id, metric_id, value
),

placed as (
    select
        *,
        row_number() over (partition by experiment_id, metric_id order by value) as place,
        sum(units) over (partition by experiment_id, metric_id order by value) - units as units_below,
        count(*) over (partition by experiment_id, metric_id) as places,
        sum(units) over (partition by experiment_id, metric_id) as all_units
    from value_counts
),

binned as (
    select
        *,
        case
            when places <= {{ most }} or place <= {{ most // 4 }} or place > places - {{ most // 4 }} then place
            else -1 - cast(floor(cast(units_below as double) * {{ most // 2 }} / cast(all_units as double)) as bigint)
        end as bin
    from placed
)

select experiment_id, metric_id, value, bin, min(value) over (partition by experiment_id, metric_id, bin) as bin_low
from binned
