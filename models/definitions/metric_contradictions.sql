-- depends_on: {{ ref('definition_sources') }}
-- What is wrong with metrics beyond single cells.
with

metrics as (select * from {{ definition('metrics') }})

select
    'metrics' as definition, 'metric_id=' || metric_id as row_key, 'its window is empty' as problem,
    'let window_end_hours be above window_start_hours' as fix
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
select 'metrics', 'metric_id=' || metric_id, 'its winsorize_at is ' || winsorize_at, 'give a quantile above 0.5 and below 1, such as 0.99'
from metrics
where not (try_cast(winsorize_at as double) > 0.5 and try_cast(winsorize_at as double) < 1)

union all
select 'metrics', 'metric_id=' || metric_id, 'its quantile is ' || quantile, 'give a number above 0 and below 1, such as 0.5 for the median'
from metrics
where not (try_cast(quantile as double) > 0 and try_cast(quantile as double) < 1)

union all
select 'metrics', 'metric_id=' || metric_id, 'its covariate_days are ' || covariate_days, 'give a number above 0, or leave it blank'
from metrics
where try_cast(covariate_days as double) = 0

union all
select
    'metrics', 'metric_id=' || metric_id, 'a ' || kind || ' with winsorize_at or quantile',
    'leave them blank: only a count, a sum and a duration have values to cap or to rank'
from metrics
where kind in ('conversion', 'retention', 'ratio') and (winsorize_at is not null or quantile is not null)

union all
select
    'metrics', 'metric_id=' || metric_id, 'a ' || kind || ' with covariate_days',
    'leave it blank: only a count and a sum are adjusted by what they were before the exposure'
from metrics
where kind in ('conversion', 'retention', 'ratio', 'duration') and covariate_days is not null

union all
select
    'metrics', 'metric_id=' || metric_id, 'a quantile with winsorize_at or covariate_days',
    'leave one blank: a quantile needs no cap, and has no covariate'
from metrics
where quantile is not null and (winsorize_at is not null or covariate_days is not null)
