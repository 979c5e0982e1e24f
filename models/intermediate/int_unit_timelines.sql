{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}
{%- set cuts_by_campaign = 'campaign' in var('session_cuts') %}

-- Each person's valid events in order. Sorted once here; sessions are a fold over it.
with

events as (
    select
        person_id,
        event_time,
        sequence,
        event_id{% if cuts_by_campaign %},
        -- The campaign of an event that names none is that of the last one that did.
        last_value({{ json_text('properties', "'" ~ var('campaign_property') ~ "'") }} ignore nulls) over (
            partition by person_id order by event_time, sequence, event_id rows between unbounded preceding and current row
        ) as campaign
        {%- endif %}
    from {{ ref('int_events_valid') }}
    where {{ is_touched('person_id') }}
)

select
    person_id,
    {%- set fields = {'event_time': 'event_time', 'sequence': 'sequence', 'event_id': 'event_id'} %}
    {{ sorted_list(struct(dict(fields, campaign='campaign') if cuts_by_campaign else fields)) }} as timeline
from events
group by person_id
