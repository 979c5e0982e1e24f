-- depends_on: {{ ref('definition_sources') }}
-- What is wrong with the analysis plan beyond single cells.
with

hypotheses as (select * from {{ definition('hypotheses') }}),
experiment_metrics as (select * from {{ definition('experiment_metrics') }})

select
    'hypotheses' as definition, 'hypothesis_id=' || h.hypothesis_id as row_key,
    'metric ''' || h.metric_id || ''' is not one of the experiment''s' as problem, 'add it to experiment_metrics' as fix
from hypotheses as h
where not exists (
    select 1 from experiment_metrics as m
    where m.metric_id = h.metric_id and m.experiment_id in (h.experiment_id, '*')
)

union all
select 'hypotheses', 'family=' || family, 'its rows differ in correction or alpha', 'let one family have one of each'
from hypotheses
group by family
having count(distinct correction) > 1 or count(distinct try_cast(alpha as double)) > 1

union all
select 'hypotheses', 'hypothesis_id=' || hypothesis_id, 'alpha is ' || alpha, 'give a number between 0 and 1'
from hypotheses
where not (try_cast(alpha as double) > 0 and try_cast(alpha as double) < 1)
