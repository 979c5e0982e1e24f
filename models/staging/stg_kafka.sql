{{ config(enabled='stg_kafka' in var('events')) }}
{%- set columns = {
    'time_unit': 'ms',
    'event_id': ['event_id', 'kafka_position'], 'received_time': ['received_time', 'kafka_time'], 'sequence': ['sequence', 'kafka_offset']
} %}
{%- set unit = mapped_unit('kafka_mapping', columns) %}

-- What sink connectors write (Confluent, "Amazon S3 Sink Connector": JSON output): the value alone; the value with its
-- schema, as the JsonConverter with `schemas.enable` has it; or a record of key, value, topic, partition, offset and time.
with

envelopes as (
    {{ tracker_records('kafka', mapped_times('kafka_mapping', columns) + ['/timestamp'], unit) }}
),

opened as (
    select
        *,
        {{ json_struct('json', {
            'topic': 'VARCHAR', 'partition': 'VARCHAR', 'offset': 'VARCHAR', 'timestamp': 'VARCHAR', 'value': 'JSON'
        }) }} as record
    from envelopes
),

unwrapped as (
    select
        *,
        record.offset is not null and record.topic is not null as is_record,
        {{ json_document("case when is_record then record.value else json end") }} as value
    from opened
),

bare as (
    select
        *,
        case when {{ json_value('value', '/schema') }} is not null and {{ json_value('value', '/payload') }} is not null
            then {{ json_document(json_value('value', '/payload')) }} else value end as event
    from unwrapped
),

records as (
    select
        load_id,
        raw_payload,
        -- A record without an object as its value is a deletion, or of another converter.
        case when {{ json_is_object('event') }} then
            case when is_record then {{ json_merge_all([
                json_object({
                    'kafka_topic': 'record.topic', 'kafka_offset': 'record.offset',
                    'kafka_position': "record.topic || '/' || record.partition || '/' || record.offset",
                    'kafka_time': 'cast(' ~ epoch_or_utc('record.timestamp', 'ms') ~ ' as varchar)'
                }), 'event'
            ]) }} else event end
        end as json
    from bare
),

{{ mapped_record('kafka_mapping', columns) }},

{{ tracker_events({'event_time': unit, 'received_time': unit}) }}
