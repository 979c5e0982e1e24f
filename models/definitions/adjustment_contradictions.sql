-- depends_on: {{ ref('definition_sources') }}
with

rules as (select * from {{ definition('adjustment_rules') }}),
conditions as (select * from {{ definition('adjustment_conditions') }}),
metrics as (select * from {{ definition('metrics') }}),
signals as (select signal from {{ definition('signals') }}),

keyed as (
    select *, 'rule_id=' || coalesce(rule_id, '') || ', condition_number=' || coalesce(condition_number, '') as row_key
    from conditions
)

select 'adjustment_rules' as definition, 'rule_id=' || r.rule_id as row_key, 'it has no condition' as problem,
    'add one to adjustment_conditions' as fix
from rules as r
where r.rule_id not in (select rule_id from conditions where rule_id is not null)

union all
select 'adjustment_rules', 'rule_id=' || rule_id, 'it ends before it starts', 'let ends_at be after starts_at'
from rules
where try_cast(ends_at as timestamp) <= try_cast(starts_at as timestamp)

union all
select 'adjustment_rules', 'rule_id=' || rule_id, 'holdout_share is ' || holdout_share, 'give a number below 1'
from rules
where try_cast(holdout_share as double) >= 1

union all
select 'adjustment_rules', 'rule_id=' || r.rule_id, 'metric ''' || r.metric_id || ''' is no outcome of one event',
    'name a conversion, retention, count or sum of an event'
from rules as r
inner join metrics as m on m.metric_id = r.metric_id
where m.event_name is null or m.kind in ('ratio', 'duration')

union all
select 'adjustment_conditions', row_key, 'it looks at no signal and no rate, or at both', 'fill signal or rate'
from keyed
where (signal is null) = (rate is null)

union all
select 'adjustment_conditions', row_key, 'signal ''' || signal || ''' is known only when the session is over',
    'name one of signals, such as a count of events'
from keyed
where signal in ('{{ session_signals() | reject('in', signals_at_start()) | join("', '") }}')

union all
select 'adjustment_conditions', row_key, 'signal ''' || signal || ''' is not in signals', 'add it to signals or correct it'
from keyed
where signal not in (select signal from signals where signal is not null)
    and signal not in ('{{ session_signals() | join("', '") }}')

union all
select 'adjustment_conditions', row_key, 'bound or confidence without a rate', 'fill rate, or leave them blank'
from keyed
where rate is null and coalesce(bound, confidence) is not null

union all
select 'adjustment_conditions', row_key, 'confidence is ' || confidence, 'give a number between 0 and 1'
from keyed
where not (try_cast(confidence as double) > 0 and try_cast(confidence as double) < 1)

union all
select 'adjustment_conditions', 'rule_id=' || rule_id, 'it looks at ' || count(distinct rate) || ' rates', 'let all conditions of a rule be on one rate'
from conditions
group by rule_id
having count(distinct rate) > 1
