{{ config(enabled='stg_vwo' in var('events')) }}
{%- set columns = {
    'time_unit': 's_or_ms',
    'event_name': {'value': 'experiment_viewed'}, 'event_time': ['timestamp', 'event_time', 'time'], 'user_id': 'user_id',
    'device_id': ['visitor_id', 'visitor_uuid', 'vwo_uuid', 'uuid'], 'received_time': ['received_at', 'received_time'],
    'properties': {
        'experiment_id': ['experiment_id', 'campaign_id', 'campaignId'],
        'variation_id': ['variation_id', 'combination_id', 'variationId', 'combinationId'], '*': 'rest'
    }
} %}
{%- set unit = mapped_unit('vwo_mapping', columns) %}

-- VWO passes a visitor's campaign and variation to whatever stores them (help.vwo.com, "Integrating VWO with third-party
-- tools"); names differ by destination, so the first filled one counts.
with

records as (
    {{ tracker_records('vwo', mapped_times('vwo_mapping', columns), unit) }}
),

{{ mapped_record('vwo_mapping', columns) }},

{{ tracker_events({'event_time': unit, 'received_time': unit}) }}
