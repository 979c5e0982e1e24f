{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- What each exposed unit did, as items in order: before its exposure, or after it until the landmark or the end of the
-- metric's window, but only before it converted: else the pattern would hold the conversion that it is to foretell. Read
-- are the items nearest to the exposure.
with

-- One plain key for each type of unit, so that events meet units in a hash join.
events as (
    {% for unit_type, key in [('user', 'person_id'), ('device', 'device_id'), ('session', 'session_id')] -%}
    select '{{ unit_type }}' as unit_type, {{ key }} as unit_id, event_id, event_name, event_time, sequence, properties
    from {{ ref('int_person_events') }}
    where {{ may_be_touched('version') }}
        and event_name in (select event_name from {{ ref('int_pattern_items') }})
        and {{ key }} in (select unit_id from {{ ref('int_exposures') }} where unit_type = '{{ unit_type }}' and {{ is_touched('unit_id') }})
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

units as (
    select
        x.experiment_id,
        x.unit_type,
        x.unit_id,
        x.exposed_at,
        x.exposure_sequence,
        x.exposure_event_id,
        u.metric_id,
        coalesce(u.first_counted_at, u.ripe_at) as ends_at
    from {{ ref('int_exposures') }} as x
    inner join {{ ref('int_unit_values') }} as u on u.experiment_id = x.experiment_id and u.unit_id = x.unit_id
    where x.source_door = 'events' and {{ is_touched('x.unit_id') }}
        and u.metric_id in (select metric_id from {{ ref('int_pattern_items') }})
),

moments as (
    select
        i.pattern_set_id,
        u.experiment_id,
        u.unit_id,
        i.period,
        i.max_items,
        {{ sorted_list(struct({
            't': 'e.event_time', 'sequence': 'e.sequence', 'event_id': 'e.event_id', 'priority': 'i.priority',
            'item': "i.item || case when i.label_property is null then '' else ':' || coalesce("
                ~ json_text('e.properties', 'i.label_property') ~ ", 'unknown') end"
        })) }} as moments
    from events as e
    inner join units as u on u.unit_type = e.unit_type and u.unit_id = e.unit_id
    inner join {{ ref('int_pattern_items') }} as i on i.event_name = e.event_name and i.metric_id = u.metric_id
    where {{ matches(json_text('e.properties', 'i.property'), 'i.operator', 'i.operand') }}
        and case i.period
            when 'post_exposure' then {{ is_after_exposure('e', 'u') }} and e.event_time < u.ends_at
                and (i.landmark_seconds is null or e.event_time < {{ add_seconds('u.exposed_at', 'i.landmark_seconds') }})
            else not {{ is_after_exposure('e', 'u') }} and e.event_id != u.exposure_event_id
        end
    group by i.pattern_set_id, u.experiment_id, u.unit_id, i.period, i.max_items
),

-- An event that several rows hold for is the item of the first.
sequences as (
    select
        pattern_set_id,
        experiment_id,
        unit_id,
        period,
        max_items,
        {{ list_map(
            positions_where('moments', 'i = 1 or ' ~ element('moments', 'i') ~ '.event_id != ' ~ element('moments', 'i - 1') ~ '.event_id'),
            element('moments', 'x') ~ '.item'
        ) }} as items
    from moments
)

select
    pattern_set_id,
    experiment_id,
    unit_id,
    case period
        when 'post_exposure' then {{ first_elements('items', 'max_items') }}
        else {{ last_elements('items', 'max_items') }}
    end as items
from sequences
