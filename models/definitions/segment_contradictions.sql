-- depends_on: {{ ref('definition_sources') }}
-- What is wrong with segments beyond single cells.
with

rules as (
    select *, 'segment_dimension=' || coalesce(segment_dimension, '') || ', segment=' || coalesce(segment, '') as row_key
    from {{ definition('segments') }}
),

named as (
    {% for source, table, key in [
        ('signal_before', 'signals', 'signal'), ('signal_after', 'signals', 'signal'), ('metric', 'metrics', 'metric_id'),
        ('funnel', 'funnels', 'funnel_id')
    ] -%}
    select '{{ source }}' as source, '{{ table }}' as definition, {{ key }} as name from {{ definition(table) }}
    union all
    {% endfor -%}
    select 'signal_before', 'signals', {{ explode("['" ~ (['sessions'] + signals_at_start()) | join("', '") ~ "']") }}
    union all
    select 'signal_after', 'signals', 'sessions'
    union all
    select case period when 'pre_exposure' then 'cluster_before' else 'cluster_after' end, 'clusterings', clustering_id
    from {{ definition('clusterings') }}
    where level = 'unit'
)

select distinct
    'segments' as definition, row_key, 'the dimension ''all'' is the whole experiment' as problem,
    'give it another name' as fix
from rules
where segment_dimension = 'all'

union all
select distinct
    'segments', r.row_key, 'source ''' || r.source || ''' has no ''' || r.attribute || '''',
    case when r.attribute in ('{{ session_signals() | join("', '") }}')
        then 'it is told of sessions, and not of a unit at that time; define a signal of your own'
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
    'segments', 'segment_dimension=' || segment_dimension,
    'it has ' || count(*) || ' different conditions with a label in all_of',
    'keep to {{ segment_conditions_limit() }}; part the dimension in two'
from (select distinct segment_dimension, source, attribute, operator, value from rules where all_of is not null) as conditions
group by segment_dimension
having count(*) > {{ segment_conditions_limit() }}

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
