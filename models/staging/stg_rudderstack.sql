{{ config(enabled='stg_rudderstack' in var('events')) }}

-- RudderStack, "Common Fields" and "Warehouse Schema" (rudderstack.com/docs): Segment's calls, with a session in the context.
with

records as (
    {{ tracker_records('rudderstack', ['receivedAt', 'received_at', 'originalTimestamp', 'original_timestamp']) }}
),

{{ segment_calls(sessions=true) }},

{{ tracker_events() }}
