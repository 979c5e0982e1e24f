{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- When the campaign of a person became another than the last one known. Only asked for where sessions are cut by it.
with

named as (
    select person_id, event_time, sequence, event_id, {{ filled(json_text_of_key('properties', string_literal(var('campaign_property')))) }} as campaign
    from {{ valid_events_of_touched() }}
    where {{ is_touched('person_id') }} and {{ "true" if 'campaign' in var('session_cuts') else "false" }}
),

compared as (
    select
        person_id,
        event_time,
        campaign,
        lag(campaign) over (partition by person_id order by event_time, sequence, event_id) as campaign_before
    from named
    where campaign is not null
)

select person_id, {{ sorted_list('distinct event_time') }} as changed_at
from compared
where campaign != campaign_before
group by person_id
