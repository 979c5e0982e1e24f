-- depends_on: {{ ref('definition_problems') }}
select
    rule_id,
    cast(condition_number as integer) as condition_number,
    signal,
    signal in ('{{ signals_at_start() | join("', '") }}') as is_known_at_start,
    rate,
    bound,
    case when rate is not null then coalesce(cast(confidence as double), 0.95) end as confidence,
    operator,
    value as operand
from {{ definition('adjustment_conditions') }}
