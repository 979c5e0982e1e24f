-- depends_on: {{ ref('definition_problems') }}
select
    signal,
    kind,
    event_name,
    property,
    operator,
    value as operand,
    value_property,
    same_property,
    until_event_name,
    coalesce(cast(at_least as integer), 3) as at_least,
    coalesce(cast(within_seconds as double), 1) as within_seconds,
    kind in ('last', 'distinct', 'time_until', 'fastest_rise', 'repeats', 'returns', 'without') as needs_order,
    -- What never happened is 0 of these, and unknown of the others.
    kind in ('count', 'sum', 'distinct', 'time_until', 'repeats', 'returns', 'without') as missing_is_zero
from {{ definition('signals') }}
