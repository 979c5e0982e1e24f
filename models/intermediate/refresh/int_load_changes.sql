{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='changed_key') }}

{{ changes(ref('int_loads'), 'load_id', 'max(fingerprint)') }}
