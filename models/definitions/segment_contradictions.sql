-- What is wrong with segments beyond single cells.
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
),

named as (
    {% for source, table, key in [
        ('signal_before', 'signals', 'signal'), ('signal_after', 'signals', 'signal'), ('metric', 'metrics', 'metric_id'),
        ('funnel', 'funnels', 'funnel_id')
    ] -%}
    select '{{ source }}' as source, '{{ table }}' as definition, {{ key }} as name from {{ definition(table) }}
    union all
    {% endfor -%}
    select 'signal_before', 'signals', {{ explode("['" ~ (['sessions'] + signals_at_exposure()) | join("', '") ~ "']") }}
    union all
    select 'signal_after', 'signals', 'sessions'
)

select distinct
    'segments' as definition, row_key, 'the dimension ''all'' is the whole experiment' as problem,
    'give it another name' as fix
from rules
where segment_dimension = 'all'

union all
select distinct
    'segments', r.row_key, 'source ''' || r.source || ''' has no ''' || r.attribute || '''',
    case when r.source = 'signal_after' and r.attribute in ('{{ session_signals() | join("', '") }}')
        then 'after the exposure only ''sessions'' and signals of your own are known; take signal_before, or define one'
        else 'add it to ' || t.definition || ' or correct it' end
from rules as r
inner join (select distinct source, definition from named) as t on t.source = r.source
where not exists (select 1 from named as n where n.source = r.source and n.name = r.attribute)

union all
select distinct
    'segments', r.row_key, 'funnel ''' || r.attribute || ''' counts everyone and no experiment', 'let counts_whom be exposed or both'
from rules as r
inner join {{ definition('funnels') }} as f on f.funnel_id = r.attribute
where r.source = 'funnel' and f.counts_whom = 'everyone'

union all
select
    'segments', row_key || ', all_of=' || all_of, 'conditions of one rule have different priorities',
    'give rows with one label in all_of one priority'
from rules
where all_of is not null
group by row_key, all_of
having count(distinct priority) > 1

union all
select distinct 'segments', row_key, 'a rule of several conditions has no one value to make segments of', 'leave all_of blank, or name the segment'
from rules
where all_of is not null and segment = '*'

union all
select
    'segments', 'segment_dimension=' || segment_dimension, 'it has ' || count(distinct (source, attribute, operator, value))
    || ' different conditions with a label in all_of', 'keep to {{ segment_conditions_limit() }}; part the dimension in two'
from rules
where all_of is not null
group by segment_dimension
having count(distinct (source, attribute, operator, value)) > {{ segment_conditions_limit() }}

{%- for column in ['parent', 'pool'] %}

union all
select 'segments', row_key, 'its rows differ in {{ column }}', 'give every row of the segment the same, or none'
from rules
group by row_key
having count(distinct coalesce({{ column }}, '')) > 1
{%- endfor %}

union all
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

union all
select distinct
    'hypotheses', 'hypothesis_id=' || coalesce(h.hypothesis_id, ''),
    'dimension ''' || h.segment_dimension || ''' is of behaviour after the exposure, which the variant itself changes',
    'test a dimension that is known by the exposure'
from {{ definition('hypotheses') }} as h
inner join rules as r on r.segment_dimension = h.segment_dimension
where r.source in (
    {%- for source, basis in segment_sources().items() if basis == 'post_exposure' %}'{{ source }}'{{ ', ' if not loop.last }}{% endfor -%}
)
