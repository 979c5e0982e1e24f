{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='changed_key', on_schema_change='append_new_columns') }}

{{ changes(ref('int_loads'), 'load_id', 'max(fingerprint)') }}
