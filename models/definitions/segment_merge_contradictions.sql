-- depends_on: {{ ref('definition_sources') }}
-- What is wrong with the parents and pools of segments.
with recursive

rules as (
    select *, 'segment_dimension=' || coalesce(segment_dimension, '') || ', segment=' || coalesce(segment, '') as row_key
    from {{ definition('segments') }}
),

-- Distinct rows, so that a circle is gone round once.
ancestors as (
    select segment_dimension, segment, parent as ancestor from rules where parent is not null
    union
    select a.segment_dimension, a.segment, r.parent
    from ancestors as a
    inner join rules as r on r.segment_dimension = a.segment_dimension and r.segment = a.ancestor
    where r.parent is not null
)

{% for column in ['parent', 'pool'] -%}
select
    'segments' as definition, row_key, 'its rows differ in {{ column }}' as problem,
    'give every row of the segment the same, or none' as fix
from rules
group by row_key
having count(distinct coalesce({{ column }}, '')) > 1

union all
{% endfor -%}
select distinct 'segments', r.row_key, 'parent ''' || r.parent || ''' is no segment of the dimension', 'add the segment, or correct the name'
from rules as r
where r.parent is not null and (r.parent = '*' or not exists (
    select 1 from rules as p where p.segment_dimension = r.segment_dimension and p.segment = r.parent
))

union all
select
    'segments', 'segment_dimension=' || segment_dimension || ', segment=' || segment, 'it is a part of itself, by its parents',
    'leave the parent of the widest segment blank'
from ancestors
where ancestor = segment

union all
select distinct
    'segments', r.row_key, 'pool ''' || r.pool || ''' is the name of a segment', 'give the pool a name of its own'
from rules as r
where r.pool in ('other', 'unknown') or exists (
    select 1 from rules as p where p.segment_dimension = r.segment_dimension and p.segment = r.pool
)
