-- depends_on: {{ ref('definition_problems') }}
select exclusion_id, property, operator, value, reason
from {{ definition('exclusions') }}
