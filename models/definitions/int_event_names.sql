-- depends_on: {{ ref('definition_problems') }}
select distinct event_name from {{ definition('events') }}
