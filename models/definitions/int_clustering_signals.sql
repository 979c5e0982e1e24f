-- depends_on: {{ ref('definition_problems') }}
-- The place of a signal in a point is that of its name among the clustering's signals.
select
    s.clustering_id,
    coalesce(c.period, 'session') as basis,
    s.signal,
    cast(row_number() over (partition by s.clustering_id order by s.signal) as integer) as position,
    coalesce(s.transform, 'none') as transform,
    coalesce(cast(s.weight as double), 1) as weight,
    coalesce(d.missing_is_zero, s.signal = 'sessions') as missing_is_zero
from {{ definition('clustering_signals') }} as s
inner join {{ definition('clusterings') }} as c on c.clustering_id = s.clustering_id
left join {{ ref('int_signals') }} as d on d.signal = s.signal
