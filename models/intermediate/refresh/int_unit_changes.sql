{{ config(materialized='view') }}

-- Units of the types that experiments have, whose events, rows or attributes changed, and when. Persons are always among
-- them: funnels are counted of everybody. A NULL unit stands for all; a NULL type for any.
-- depends_on: {{ ref('int_person_events') }}
select changed_key, unit_type, version
from {{ ref('int_event_unit_changes') }}
where unit_type = 'user' or unit_type in (select unit_type from {{ ref('dim_experiments') }})
union all
select changed_key, null, version from {{ ref('int_unit_door_changes') }}
union all
select changed_key, null, version from {{ ref('int_unit_attribute_changes') }}
