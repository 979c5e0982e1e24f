-- depends_on: {{ ref('definition_problems') }}
select exclusion_id, event_name, property, operator, value, coalesce(scope, 'event') as scope, reason
from {{ definition('exclusions') }}
