{{ config(enabled='stg_growthbook' in var('events')) }}
{%- set columns = {
    'time_unit': 's_or_ms',
    'event_name': {'value': 'experiment_viewed'}, 'event_time': ['timestamp', 'event_time'], 'user_id': 'user_id',
    'device_id': ['anonymous_id', 'device_id', 'client_id'], 'received_time': ['received_at', 'received_time'],
    'properties': {'experiment_id': 'experiment_id', 'variation_id': ['variation_id', 'variation_key'], '*': 'rest'}
} %}
{%- set unit = mapped_unit('growthbook_mapping', columns) %}

-- GrowthBook, "Experiment Assignment Queries" (docs.growthbook.io/app/datasources): a row an assignment.
with

records as (
    {{ tracker_records('growthbook', mapped_times('growthbook_mapping', columns), unit) }}
),

{{ mapped_record('growthbook_mapping', columns) }},

{{ tracker_events({'event_time': unit, 'received_time': unit}) }}
