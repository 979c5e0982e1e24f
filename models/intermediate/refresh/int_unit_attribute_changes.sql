{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='changed_key', on_schema_change='append_new_columns') }}

{{ changes("(select unit_id, attribute, value, known_at from " ~ ref('int_unit_attributes_checked') ~ " where status = 'valid')",
    'unit_id', bag_hash('changes_source')) }}
