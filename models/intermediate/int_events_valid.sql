{{ config(materialized='view') }}

-- The events that count, each once, with the person behind them.
{{ events_valid(ref('int_events_kept')) }}
