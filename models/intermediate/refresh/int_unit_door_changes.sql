{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='changed_key', on_schema_change='append_new_columns') }}

{{ changes(ref('int_units_checked'), 'unit_id', bag_hash('changes_source')) }}
