{# A log, filled by the hooks of int_person_events: the units whose events were taken away or written. #}
{{ config(materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}

select cast(null as varchar) as changed_key, cast(null as varchar) as unit_type, cast(null as bigint) as version
where false
