-- depends_on: {{ ref('definition_sources') }}
-- What is wrong with experiments, their variants, weights and exposure rules, and with exclusions, beyond single cells.
with

experiments as (select * from {{ definition('experiments') }}),
variants as (select * from {{ definition('variants') }}),
allocations as (select * from {{ definition('allocations') }}),
experiment_metrics as (select * from {{ definition('experiment_metrics') }}),
exposure_rules as (select * from {{ definition('exposure_rules') }})

select 'experiments' as definition, 'experiment_id=' || experiment_id as row_key,
    'it ends before it starts' as problem, 'let ends_at be after starts_at' as fix
from experiments
where try_cast(ends_at as timestamp) <= try_cast(starts_at as timestamp)

union all
select 'experiments', 'experiment_id=' || e.experiment_id, c.problem, c.fix
from experiments as e
cross join lateral (
    values
    ((e.shipped_at is null) != (e.shipped_variant_id is null), 'only one of shipped_at and shipped_variant_id is filled', 'fill both, or neither'),
    (try_cast(e.shipped_at as timestamp) <= try_cast(e.starts_at as timestamp), 'it is shipped before it starts', 'let shipped_at be after starts_at'),
    (try_cast(e.shipped_at as timestamp) >= try_cast(e.ends_at as timestamp), 'it ends before it is shipped, so nobody is monitored',
        'leave ends_at blank, or let it be after shipped_at'),
    (exists (select 1 from variants as v where v.experiment_id = e.experiment_id and v.variant_id = e.shipped_variant_id
        and try_cast(v.is_control as boolean)), 'the shipped variant ''' || e.shipped_variant_id || ''' is the control', 'name another variant')
) as c (is_wrong, problem, fix)
where c.is_wrong

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
select 'exposure_rules', 'rule_id=' || rule_id, 'it gives no variant, or two', 'fill variant_property or variant_id'
from exposure_rules
where (variant_property is null) = (variant_id is null)

union all
select 'exclusions', 'exclusion_id=' || coalesce(exclusion_id, ''), 'it would leave out every event', 'name an event, or a property'
from {{ definition('exclusions') }}
where event_name is null and property is null
