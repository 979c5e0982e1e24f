-- depends_on: {{ ref('definition_sources') }}
-- What is wrong with candidates and repeats beyond single cells.
with

candidates as (
    select
        *,
        coalesce(experiment_id, metric_id, variant_id) is not null as is_observed,
        coalesce(effect_size, effect_size_name) is not null as is_expected
    from {{ definition('candidates') }}
),

arms as (
    select
        experiment_id,
        count(variant_id) as variants,
        max(case when try_cast(is_control as boolean) then variant_id end) as control_variant_id
    from {{ definition('variants') }}
    group by experiment_id
),

named as (
    select 'candidates' as definition, 'candidate_id=' || candidate_id as row_key, experiment_id, metric_id, variant_id
    from candidates
    where experiment_id is not null
    union all
    select 'repeats', 'hypothesis_group=' || hypothesis_group || ', experiment_id=' || experiment_id, experiment_id, metric_id, variant_id
    from {{ definition('repeats') }}
)

select 'candidates' as definition, 'candidate_id=' || candidate_id as row_key, problem, fix
from candidates
cross join lateral (
    values
    (is_observed = is_expected, 'its effect is neither or both of expected and observed',
        'fill effect_size and effect_size_name, or experiment_id and metric_id'),
    (is_expected and (effect_size is null or effect_size_name is null), 'it lacks effect_size or effect_size_name', 'fill both'),
    (is_observed and (experiment_id is null or metric_id is null), 'it lacks experiment_id or metric_id', 'fill both'),
    (effect_size_name = 'odds_ratio' and try_cast(effect_size as double) <= 0, 'its odds ratio is ' || effect_size, 'give a number above 0'),
    (not coalesce(isfinite(try_cast(effect_size as double)), true), 'effect_size is ' || effect_size, 'give a finite number'),
    (try_cast(feasibility as double) > 1, 'feasibility is ' || feasibility, 'give a number from 0 to 1'),
    (try_cast(alignment as double) > 1, 'alignment is ' || alignment, 'give a number from 0 to 1')
) as c (is_wrong, problem, fix)
where is_wrong

union all
select n.definition, n.row_key, 'metric ''' || n.metric_id || ''' is not one of the experiment''s', 'add it to experiment_metrics'
from named as n
where n.metric_id is not null and not exists (
    select 1 from {{ definition('experiment_metrics') }} as m
    where m.metric_id = n.metric_id and m.experiment_id in (n.experiment_id, '*')
)

union all
select n.definition, n.row_key, c.problem, c.fix
from named as n
inner join arms as a on a.experiment_id = n.experiment_id
cross join lateral (
    values
    (a.control_variant_id is null, 'experiment ''' || n.experiment_id || ''' has no control to compare with', 'mark one variant as the control'),
    (n.variant_id is null and a.variants > 2, 'experiment ''' || n.experiment_id || ''' has ' || a.variants || ' variants', 'name variant_id'),
    (n.variant_id = a.control_variant_id, 'variant ''' || n.variant_id || ''' is the control', 'name another variant'),
    (n.variant_id not in (
        select v.variant_id from {{ definition('variants') }} as v where v.experiment_id = n.experiment_id and v.variant_id is not null
    ), 'variant ''' || n.variant_id || ''' is not one of the experiment''s', 'name one of its variants')
) as c (is_wrong, problem, fix)
where c.is_wrong
