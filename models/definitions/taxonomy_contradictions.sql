-- depends_on: {{ ref('definition_sources') }}
with

events as (select * from {{ definition('events') }}),

properties as (
    select
        *,
        'event_name=' || coalesce(event_name, '') || ', property=' || coalesce(property, '') as row_key,
        try_cast(minimum as double) as lowest,
        try_cast(maximum as double) as highest,
        type in ('integer', 'number', 'text') as has_range
    from {{ definition('event_properties') }}
),

accepted_values as (
    select row_key, type, {{ explode(split_text('accepted', '|')) }} as accepted_value
    from properties
    where accepted is not null
)

select
    'event_properties' as definition, row_key, 'event ''' || event_name || ''' is not in events' as problem,
    'add it to events or correct it' as fix
from properties
where event_name != '*' and event_name not in (select event_name from events) and (select count(event_name) from events) > 0

union all
select
    'event_properties', row_key, 'it stands for every event, and events is empty',
    'list the events in events, or name the event here'
from properties
where event_name = '*' and (select count(event_name) from events) = 0

union all
select
    'event_properties', row_key, coalesce('type ''' || type || '''', 'a property of no type') || ' has no range',
    'leave minimum and maximum blank, or give the type integer, number or text (its length)'
from properties
where (minimum is not null or maximum is not null) and not coalesce(has_range, false)

union all
select 'event_properties', row_key, 'minimum is above maximum', 'give a range that holds a value'
from properties
where lowest > highest

union all
select
    'event_properties', row_key, 'a length is from ' || coalesce(minimum, '0') || ' to ' || coalesce(maximum, 'any'),
    'give lengths of text as whole numbers from 0'
from properties
where type = 'text' and (lowest < 0 or highest < 0 or lowest != floor(lowest) or highest != floor(highest))

union all
select
    'event_properties', row_key, 'accepted has values, and type is ' || coalesce('''' || type || '''', 'blank'),
    'give the type text, integer, number or boolean, or leave accepted blank'
from properties
where accepted is not null and coalesce(type, 'timestamp') = 'timestamp'

union all
select
    'event_properties', row_key, 'accepted value ''' || accepted_value || ''' is of another type than ''' || type || '''',
    'correct accepted, or type'
from accepted_values
where type in ('integer', 'number', 'boolean') and {{ wrong_type('type', 'true', 'accepted_value') }}
