{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='append_new_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

with points as (select * from {{ ref('int_session_points') }} where {{ is_touched('person_id') }})

select session_id, person_id, clustering_id, cluster, distance, second_cluster, second_distance, margin
from ({{ nearest_clusters(['session_id', 'person_id'], 'points') }}) as scored
