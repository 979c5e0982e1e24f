{{ check_definition_sources() }}

-- What no single column shows: rows of the definitions that contradict each other, or ask for the impossible.
with

experiments as (select * from {{ definition('experiments') }}),
variants as (select * from {{ definition('variants') }}),
allocations as (select * from {{ definition('allocations') }}),
metrics as (select * from {{ definition('metrics') }}),
experiment_metrics as (select * from {{ definition('experiment_metrics') }}),
hypotheses as (select * from {{ definition('hypotheses') }}),
exposure_rules as (select * from {{ definition('exposure_rules') }}),

contradictions as (
    select 'experiments' as definition, 'experiment_id=' || experiment_id as row_key,
        'it ends before it starts' as problem, 'let ends_at be after starts_at' as fix
    from experiments
    where try_cast(ends_at as timestamp) <= try_cast(starts_at as timestamp)

    union all
    select 'variants', 'experiment_id=' || experiment_id, 'it has ' || count(*) || ' controls', 'mark one variant, or none'
    from variants
    where try_cast(is_control as boolean)
    group by experiment_id
    having count(*) > 1

    union all
    select 'allocations', 'experiment_id=' || v.experiment_id || ', effective_from=' || coalesce(a.effective_from, ''),
        'variant ''' || v.variant_id || ''' has no weight', 'give every variant a weight from that time on (0 = none)'
    from (select distinct experiment_id, effective_from from allocations) as a
    inner join variants as v on v.experiment_id = a.experiment_id
    where v.variant_id is not null and not exists (
        select 1 from allocations as w
        where w.experiment_id = v.experiment_id and w.variant_id = v.variant_id
            and w.effective_from is not distinct from a.effective_from
    )

    union all
    select 'allocations', 'experiment_id=' || experiment_id || ', effective_from=' || coalesce(effective_from, ''),
        'its weights are all 0', 'give at least one positive weight'
    from allocations
    group by experiment_id, effective_from
    having sum(try_cast(weight as double)) <= 0

    union all
    select 'metrics', 'metric_id=' || metric_id, 'its window is empty', 'let window_end_hours be above window_start_hours'
    from metrics
    where try_cast(window_end_hours as double) <= coalesce(try_cast(window_start_hours as double), 0)

    union all
    select 'metrics', 'metric_id=' || metric_id, 'an event metric without the end of its window', 'fill window_end_hours'
    from metrics
    where event_name is not null and window_end_hours is null

    union all
    select 'metrics', 'metric_id=' || metric_id, 'a sum without value_property', 'name the property that is summed'
    from metrics
    where event_name is not null and kind = 'sum' and value_property is null

    union all
    select 'metrics', 'metric_id=' || metric_id, 'a retention without the start of its window', 'fill window_start_hours: 24 for the next day'
    from metrics
    where kind = 'retention' and window_start_hours is null

    union all
    select 'metrics', 'metric_id=' || metric_id, 'a duration of what never happened is not 0', 'leave missing_means blank, or say absent'
    from metrics
    where kind = 'duration' and missing_means = 'zero'

    union all
    select 'metrics', 'metric_id=' || metric_id, 'a ratio without denominator_event_name', 'name the denominator''s event'
    from metrics
    where event_name is not null and kind = 'ratio' and denominator_event_name is null

    union all
    select 'hypotheses', 'hypothesis_id=' || h.hypothesis_id, 'metric ''' || h.metric_id || ''' is not one of the experiment''s',
        'add it to experiment_metrics'
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
    select 'experiment_metrics', 'experiment_id=' || e.experiment_id, 'the experiment has no primary metric',
        'give it one, or a row for * with the role primary'
    from experiments as e
    where e.experiment_id is not null and not exists (
        select 1 from experiment_metrics as m
        where m.role = 'primary' and m.experiment_id in (e.experiment_id, '*')
    )

    union all
    select 'variants', 'experiment_id=' || coalesce(experiment_id, '') || ', variant_id=' || coalesce(variant_id, ''), 'factors are ''' || factors || '''',
        'write them as factor=level;factor=level'
    from variants
    where not {{ full_match('factors', '[^=;]+=[^=;]+(;[^=;]+=[^=;]+)*') }}

    union all
    select 'funnel_steps', 'funnel_id=' || coalesce(funnel_id, ''), 'its steps are not numbered 1, 2, 3, …', 'number them without gaps'
    from {{ definition('funnel_steps') }}
    group by funnel_id
    having max(try_cast(step_number as bigint)) != count(*)

    union all
    select * from {{ ref('funnel_contradictions') }}

    union all
    select * from {{ ref('signal_contradictions') }}

    union all
    select * from {{ ref('taxonomy_contradictions') }}

    union all
    select 'exclusions', 'exclusion_id=' || coalesce(exclusion_id, ''), 'it would leave out every event', 'name an event, or a property'
    from {{ definition('exclusions') }}
    where event_name is null and property is null

    union all
    select * from {{ ref('cluster_contradictions') }}

    union all
    select * from {{ ref('adjustment_contradictions') }}

    union all
    select 'exposure_rules', 'rule_id=' || rule_id, 'it gives no variant, or two', 'fill variant_property or variant_id'
    from exposure_rules
    where (variant_property is null) = (variant_id is null)
)

select * from contradictions
