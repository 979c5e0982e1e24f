-- The points that clusters are found on: those with the smallest hashes, so the same ones every time.
with

drawn as (
    select p.*, d.sample_size, {{ stable_hash("concat_ws('|', d.seed, p.experiment_id, p.point_id)") }} as draw
    from {{ ref('int_cluster_points') }} as p
    inner join {{ ref('int_cluster_fits_due') }} as d on d.clustering_id = p.clustering_id
    where d.is_due
),

placed as (
    select *, row_number() over (partition by clustering_id order by draw, experiment_id, point_id) as place
    from drawn
)

select p.clustering_id, p.place, p.experiment_id, p.point_id, {{ standardised('p.point', 's') }} as point
from placed as p
inner join {{ ref('int_cluster_spaces') }} as s on s.clustering_id = p.clustering_id
where p.place <= p.sample_size
