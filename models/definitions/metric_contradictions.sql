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
