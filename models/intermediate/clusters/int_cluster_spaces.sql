-- How the signals of a clustering are standardised when it is fitted: over all points with a known value. Sums are of
-- decimals, so that they are the same in any order; a spread below 10⁻⁴ counts as none.
with

known as (
    select v.clustering_id, s.position, s.signal, s.transform, s.weight, {{ transformed('v.value', 's.transform') }} as value
    from (
        select p.clustering_id, {{ explode(each_position('p.point', 'i')) }} as position, {{ explode('p.point') }} as value
        from {{ ref('int_cluster_points') }} as p
        inner join {{ ref('int_cluster_fits_due') }} as d on d.clustering_id = p.clustering_id
        where d.is_due
    ) as v
    inner join {{ ref('int_clustering_signals') }} as s on s.clustering_id = v.clustering_id and s.position = v.position
),

means as (
    select *, cast(sum(cast(value as decimal(28, 9))) over signals as double) / nullif(count(value) over signals, 0) as mean
    from known
    window signals as (partition by clustering_id, position)
),

spreads as (
    select
        clustering_id, position, signal, transform, weight, mean, count(value) as known,
        sqrt(cast(sum(cast((value - mean) * (value - mean) as decimal(38, 9))) as double) / nullif(count(value), 0)) as deviation
    from means
    group by clustering_id, position, signal, transform, weight, mean
),

scaled as (select *, case when deviation >= 1e-4 then sqrt(weight) / deviation else 0 end as scale from spreads)

select
    clustering_id,
    {% for column, value in {
        'signals': 'signal', 'transforms': 'transform', 'weights': 'weight', 'means': 'coalesce(mean, 0)', 'deviations': 'coalesce(deviation, 0)',
        'scales': 'scale', 'known': 'known'
    }.items() -%}
    {{ list_map(sorted_list(struct({'position': 'position', 'value': value})), 'x.value') }} as {{ column }}{{ ',' if not loop.last }}
    {% endfor %}
from scaled
group by clustering_id
