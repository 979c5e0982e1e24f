-- Each person's valid events in order. Sorted once here; sessions are a fold over it.
-- depends_on: {{ ref('validate_events') }}
select
    person_id,
    {{ sorted_list(struct({'event_time': 'event_time', 'sequence': 'sequence', 'event_id': 'event_id'})) }} as timeline
from {{ ref('int_events_valid') }}
group by person_id
