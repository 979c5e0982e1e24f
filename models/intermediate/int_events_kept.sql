{{ config(materialized='view') }}

-- The events that count, each once: what was neither rejected nor left out, and of an id that came more than once
-- the first received.
{{ events_kept(ref('int_events_checked'), ref('int_event_repeats')) }}
