{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

with

units as (
    select distinct experiment_id, unit_id from {{ ref('int_unit_sessions') }}
    where {{ is_touched('unit_id') }}
),

signals as (select * from {{ ref('int_clustering_signals') }} where basis != 'session'),

found as (
    select experiment_id, unit_id, period as basis, signal, value
    from {{ ref('int_unit_signals') }}
    where {{ is_touched('unit_id') }} and signal in (select s.signal from signals as s)
)

{{ cluster_points(['experiment_id', 'unit_id'], 'units', 'found', 'signals') }}
