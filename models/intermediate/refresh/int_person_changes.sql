{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='changed_key',
    on_schema_change='append_new_columns', post_hook="{{ microlift.forget_builds() if var('as_of') else microlift.record_build() }}"
) }}

-- depends_on: {{ ref('validate_events') }}
{{ changed_persons() }}
