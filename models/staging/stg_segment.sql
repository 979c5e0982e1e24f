{{ config(enabled='stg_segment' in var('events')) }}

-- Twilio Segment, "Spec: Common Fields" and "Warehouse Schemas" (segment.com/docs/connections/storage/warehouses/schema).
with

records as (
    {{ tracker_records('segment', ['receivedAt', 'received_at', 'originalTimestamp', 'original_timestamp']) }}
),

{{ segment_calls() }},

{{ tracker_events() }}
