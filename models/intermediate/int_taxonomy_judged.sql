{{ config(materialized='view') }}

-- The rows that were held to the taxonomy, found wanting or not: those that no other check had rejected.
select event_id, event_name, event_time, load_id, property_problems
from {{ ref('int_events_checked') }}
where quarantine_reason is null or quarantine_reason = {{ quarantining_problem('property_problems') }}.problem
