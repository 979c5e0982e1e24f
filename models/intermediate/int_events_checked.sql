{{ config(materialized='view') }}

-- Every raw event row with all that is said of it: what the store judged, and what depends on the time of asking.
with

opt_outs as (select * from {{ ref('int_opt_outs') }}),

judged as (
    select
        {{ all_but(['quarantine_reason', 'exclusion_reason', 'opt_out_reason', 'opt_out_since'], 's') }},
        coalesce(
            s.quarantine_reason, case when {{ in_future('s.received_time') }} then 'received_in_future' end
        ) as quarantine_reason,
        coalesce(
            s.exclusion_reason,
            case
                when s.event_time >= u.opted_out_at then u.reason
                when s.event_time >= d.opted_out_at then d.reason
                when s.user_id is null and s.event_time >= o.opted_out_at then o.reason
                {% if var('as_of') %}when s.received_time > {{ time_of_variable('as_of') }} then 'received_after_as_of'{% endif %}
            end
        ) as found_exclusion
    from {{ ref('int_event_store') }} as s
    left join opt_outs as u on u.who = 'user' and u.id = s.user_id
    left join opt_outs as d on d.who = 'device' and d.id = s.device_id
    left join opt_outs as o on o.who = 'device of a user' and o.id = s.device_id
)

select
    {{ all_but(['found_exclusion', 'raw_payload']) }},
    case when quarantine_reason is null then found_exclusion end as exclusion_reason,
    case
        when raw_payload is not null then raw_payload
        when quarantine_reason is not null or found_exclusion != 'erased'
            then {{ event_as_json() }}
    end as raw_payload
from judged
