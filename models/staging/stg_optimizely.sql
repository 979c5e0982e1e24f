{{ config(enabled='stg_optimizely' in var('events')) }}

with

rows_read as (
    -- A conversion has a name; what has none and speaks of an experiment is a decision.
    select *, event_name is null and experiment_id is not null as is_decision
    from {{ ref('stg_optimizely_rows') }}
),

judged as (
    select
        {{ all_but(['defect']) }},
        case
            when defect is not null then defect
            when is_decision and variation_id is null then 'missing_variation_id'
            when attributes is not null and {{ valid_json('attributes') }} is null then 'broken_attributes'
            when tags is not null and not {{ json_is_object('tags') }} then 'broken_tags'
        end as defect
    from rows_read
),

mapped as (
    select
        uuid as event_id,
        -- Who is held back saw no variation: a rule for decisions must not take it for an exposure.
        case
            when is_decision and is_holdback = 'true' then 'optimizely_holdback'
            when is_decision then 'optimizely_decision'
            else event_name
        end as event_name,
        timestamp as event_time,
        process_timestamp as received_time,
        cast(null as varchar) as user_id,
        visitor_id as device_id,
        session_id as tracker_session_id,
        -- Of events with one time the decision comes first: what it led to counts.
        cast(case when is_decision then 0 else 1 end as bigint) as sequence,
        case when defect is null then {{ json_merge(
            json_merge(json_named_values('attributes'), 'tags'),
            json_object({
                'experiment_id': 'case when is_decision then experiment_id end', 'variation_id': 'case when is_decision then variation_id end',
                'campaign_id': 'campaign_id', 'is_holdback': 'is_holdback', 'revenue': 'revenue', 'value': 'value',
                'quantity': 'quantity', 'event_type': 'event_type', 'user_agent': 'user_agent', 'referrer': 'referer'
            })) }} end as properties,
        load_id,
        defect,
        raw_payload
    from judged
)

select * from mapped
