{{ config(materialized='view') }}

-- Every raw event row with all that is said of it: what the store judged, and what depends on the time of asking.
with

judged as (
    select
        {{ all_but(['quarantine_reason', 'exclusion_reason'], 's') }},
        coalesce(
            s.quarantine_reason, case when {{ in_future('s.received_time') }} then 'received_in_future' end
        ) as quarantine_reason,
        coalesce(
            s.exclusion_reason,
            case
                {% if var('as_of') %}when s.received_time > timestamp '{{ var("as_of") }}' then 'received_after_as_of'{% endif %}
                when false then ''
            end
        ) as found_exclusion
    from {{ ref('int_event_store') }} as s
)

select
    {{ all_but(['found_exclusion', 'raw_payload']) }},
    case when quarantine_reason is null then found_exclusion end as exclusion_reason,
    case
        when raw_payload is not null then raw_payload
        when quarantine_reason is not null or found_exclusion is not null
            then {{ event_as_json() }}
    end as raw_payload
from judged
