-- depends_on: {{ ref('definition_problems') }}
select
    rate,
    event_name,
    property,
    operator,
    value as operand,
    of_event_name,
    by_property,
    cast(window_days as integer) as window_days
from {{ definition('rates') }}
