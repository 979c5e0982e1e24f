{{ config(enabled='stg_generic' in var('events')) }}
{%- set unit = mapped_unit('generic_mapping') %}

-- Any file or table: the variable `generic_mapping` says which key holds what.
with

records as (
    {{ tracker_records('generic', mapped_times('generic_mapping'), unit) }}
),

{{ mapped_record('generic_mapping') }},

{{ tracker_events({'event_time': unit, 'received_time': unit}) }}
