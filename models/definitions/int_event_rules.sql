-- What the taxonomy demands of an event's properties, as one value that the store hands to property_problems. Events of
-- which it demands nothing have no row.
with

rules as (
    select
        event_name,
        {{ sorted_list('property') }} as known_properties,
        {{ sorted_list(
            struct({
                'property': 'property', 'type': 'type', 'is_required': 'is_required', 'minimum': 'minimum', 'maximum': 'maximum',
                'has_range': '(minimum is not null or maximum is not null)',
                'accepted': list_map(split_text('accepted', '|'), comparable_value('type', 'x')), 'severity': 'severity'
            }),
            'is_required or type is not null'
        ) }} as rules
    from {{ ref('dim_event_properties') }}
    group by event_name
)

select
    e.event_name,
    {{ struct({
        'rules': 'r.rules', 'known_properties': 'coalesce(r.known_properties, [])', 'other_properties': 'e.other_properties'
    }) }} as demands
from {{ ref('dim_events') }} as e
left join rules as r on r.event_name = e.event_name
where e.other_properties != 'allowed' or r.rules is not null
