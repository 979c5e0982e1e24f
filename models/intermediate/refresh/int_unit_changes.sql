{{ config(materialized='view') }}

-- Units of every kind (persons, devices, sessions) whose events, rows or attributes changed, and when. A NULL unit stands for all.
-- depends_on: {{ ref('int_person_events') }}
select changed_key, version from {{ ref('int_event_unit_changes') }}
union all
select changed_key, version from {{ ref('int_unit_door_changes') }}
union all
select changed_key, version from {{ ref('int_unit_attribute_changes') }}
