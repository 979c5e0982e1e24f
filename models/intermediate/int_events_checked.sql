{{ config(materialized='view') }}

-- Every raw event row with all that is said of it: what the store judged, and what depends on the time of asking.
{{ events_checked(ref('int_event_store')) }}
