{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

with

sessions as (
    select person_id, session_id from {{ ref('fct_sessions') }}
    where {{ is_touched('person_id') }}
),

signals as (select * from {{ ref('int_clustering_signals') }} where basis = 'session'),

found as (
    select person_id, session_id, 'session' as basis, signal, value
    from {{ ref('fct_session_signals') }}
    where {{ is_touched('person_id') }} and signal in (select s.signal from signals as s)
)

{{ cluster_points(['person_id', 'session_id'], 'sessions', 'found', 'signals') }}
