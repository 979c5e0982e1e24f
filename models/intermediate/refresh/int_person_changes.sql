{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='changed_key') }}

-- depends_on: {{ ref('validate_events') }}
{{ changes(ref('int_events_valid'), 'person_id', bag_hash('row_hash', hashed=true)) }}
