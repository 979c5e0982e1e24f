-- depends_on: {{ ref('definition_sources') }}
with

sets as (
    select
        'pattern_set_id=' || coalesce(p.pattern_set_id, '') as row_key,
        p.*,
        m.kind,
        m.event_name,
        try_cast(m.window_end_hours as double) * 60 as window_minutes
    from {{ definition('patterns') }} as p
    left join {{ definition('metrics') }} as m on m.metric_id = p.metric_id
)

select
    'patterns' as definition, row_key, 'metric ''' || metric_id || ''' is a ' || kind as problem,
    'name a conversion: what is compared is the share of units that converted' as fix
from sets
where kind not in ('conversion', 'retention')

union all
select
    'patterns', row_key, 'metric ''' || metric_id || ''' is taken of no event',
    'name a metric of the events door: sequences are made of events'
from sets
where kind in ('conversion', 'retention') and event_name is null

union all
select 'patterns', row_key, 'no experiment has the metric ''' || metric_id || '''', 'add it to experiment_metrics'
from sets
where kind is not null and metric_id not in (select metric_id from {{ definition('experiment_metrics') }} where metric_id is not null)

union all
select 'patterns', row_key, 'min_support_share is ' || min_support_share, 'give a fraction above 0 and up to 1, such as 0.05'
from sets
where try_cast(min_support_share as double) = 0 or try_cast(min_support_share as double) > 1

union all
select
    'patterns', row_key, 'landmark_minutes is ' || landmark_minutes || ' and the period is before the exposure',
    'leave it blank: it is a time after the exposure'
from sets
where period = 'pre_exposure' and landmark_minutes is not null

union all
select
    'patterns', row_key, 'landmark_minutes is ' || landmark_minutes || ', outside the metric''s window',
    'give a time above 0 and before window_end_hours of the metric'
from sets
where try_cast(landmark_minutes as double) = 0 or try_cast(landmark_minutes as double) >= window_minutes

union all
select 'patterns', row_key, 'max_items is ' || max_items, 'read at most 1000 items of a unit'
from sets
where try_cast(max_items as bigint) > 1000

union all
select 'patterns', row_key, 'it has no items', 'add its items to pattern_items'
from sets
where pattern_set_id is not null and not exists (
    select 1 from {{ definition('pattern_items') }} as i where i.pattern_set_id in (sets.pattern_set_id, '*')
)
