-- depends_on: {{ ref('definition_problems') }}
select event_name, property, operator, value as operand, rule_property, content_property, holdout_property
from {{ definition('adjustment_events') }}
