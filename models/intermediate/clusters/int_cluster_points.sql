{{ config(materialized='view') }}

select clustering_id, experiment_id, unit_id as point_id, point from {{ ref('int_unit_points') }}
union all
select clustering_id, 'all', session_id, point from {{ ref('int_session_points') }}
