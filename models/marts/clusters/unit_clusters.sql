{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='append_new_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

with points as (select * from {{ ref('int_unit_points') }} where {{ is_touched('unit_id') }})

{{ nearest_clusters(['experiment_id', 'unit_id'], 'points') }}
