-- depends_on: {{ ref('definition_sources') }}
-- What is wrong with the analysis plan beyond single cells.
with

hypotheses as (
    select *, coalesce(stopping_rule, 'fixed_horizon') as rule, coalesce(direction, 'two_sided') != 'two_sided' as is_one_sided
    from {{ definition('hypotheses') }}
),
experiments as (select * from {{ definition('experiments') }}),
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

union all
select 'hypotheses', 'hypothesis_id=' || hypothesis_id, problem, fix
from hypotheses
cross join lateral (
    values
    (not (try_cast(power as double) > 0 and try_cast(power as double) < 1), 'power is ' || power, 'give a number between 0 and 1'),
    (not (try_cast(smallest_lift as double) > 0 and try_cast(smallest_lift as double) < 1000), 'smallest_lift is ' || smallest_lift,
        'give a relative lift above 0, such as 0.05 for 5%, and its sign in direction'),
    (not (try_cast(non_inferiority_lift as double) > 0 and try_cast(non_inferiority_lift as double) < 1),
        'non_inferiority_lift is ' || non_inferiority_lift, 'give a relative lift between 0 and 1, such as 0.02 for 2%'),
    (not (try_cast(spending_gamma as double) between -40 and 10), 'spending_gamma is ' || spending_gamma,
        'give a number between -40 and 10'),
    (try_cast(looks as bigint) > 1000, 'looks is ' || looks, 'give at most 1000'),
    (spending_gamma is not null and rule != 'hwang_shih_decani', 'spending_gamma is for hwang_shih_decani only',
        'leave it blank, or use that rule'),
    (rule in ('{{ rules_with_looks() | join("', '") }}') and looks is null,
        'stopping_rule ''' || rule || ''' without looks', 'say how many looks are planned'),
    (rule = 'fixed_horizon' and try_cast(looks as bigint) > 1, 'a fixed horizon has one look and not ' || looks,
        'leave looks blank, or use a sequential stopping_rule'),
    (segment_dimension is not null and rule != 'fixed_horizon',
        'an interaction is tested once, and stopping_rule is ''' || rule || '''', 'leave stopping_rule blank'),
    (segment_dimension is not null and is_one_sided, 'an interaction has no direction, and direction is ''' || direction || '''',
        'leave direction blank'),
    (segment_dimension is not null and non_inferiority_lift is not null, 'an interaction has no non_inferiority_lift',
        'leave it blank'),
    (non_inferiority_lift is not null and not is_one_sided, 'non_inferiority_lift without a direction',
        'say increase where more is better, decrease where less is'),
    (non_inferiority_lift is not null and rule != 'fixed_horizon',
        'a margin is tested once, and stopping_rule is ''' || rule || '''', 'leave stopping_rule blank')
) as c (is_wrong, problem, fix)
where is_wrong

union all
select 'hypotheses', 'hypothesis_id=' || h.hypothesis_id, 'nothing says when its information is complete',
    'give planned_units, or the experiment an ends_at'
from hypotheses as h
inner join experiments as e on e.experiment_id = h.experiment_id
where h.rule in ('{{ rules_with_looks() | join("', '") }}') and h.planned_units is null and e.ends_at is null

union all
select 'hypotheses', 'experiment_id=' || experiment_id || ', metric_id=' || metric_id || ', segment_dimension=' || coalesce(segment_dimension, ''),
    'its test is planned ' || count(*) || ' times', 'keep one row'
from hypotheses
group by experiment_id, metric_id, segment_dimension
having count(*) > 1
