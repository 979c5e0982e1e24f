-- depends_on: {{ ref('definition_problems') }}
-- Where the units of a segment go while they are too few: to others of its pool, then to the others of its parent, of the
-- parent's parent, and so on. A dimension moves in turns, the deepest parents first, so that all who meet move on together.
with recursive

segments as (select distinct segment_dimension, segment, parent, pool from {{ definition('segments') }}),

ancestors as (
    select segment_dimension, segment, parent as ancestor, 1 as distance
    from segments
    where parent is not null

    union all
    -- Cycles stop the build before; the bound is for who builds without its tests.
    select a.segment_dimension, a.segment, s.parent, a.distance + 1
    from ancestors as a
    inner join segments as s on s.segment_dimension = a.segment_dimension and s.segment = a.ancestor
    where s.parent is not null and a.distance < 100
),

depths as (select segment_dimension, segment, max(distance) as depth from ancestors group by segment_dimension, segment),

deepest as (select segment_dimension, max(depth) as depth from depths group by segment_dimension)

select s.segment_dimension, s.segment, 2 as turn, s.pool as stop, 3 + coalesce(m.depth, 0) as last_turn
from segments as s
left join deepest as m on m.segment_dimension = s.segment_dimension
where s.pool is not null

union all
select a.segment_dimension, a.segment, 2 + m.depth - coalesce(d.depth, 0), 'other of ' || a.ancestor, 3 + m.depth
from ancestors as a
inner join deepest as m on m.segment_dimension = a.segment_dimension
left join depths as d on d.segment_dimension = a.segment_dimension and d.segment = a.ancestor
