-- What makes an event an item, with all that shapes the sequences of its set: an edit of what only reads them, such as the
-- least support, leaves them as they are. A row for '*' is of every set.
-- depends_on: {{ ref('definition_problems') }}
select
    p.pattern_set_id,
    p.period,
    p.metric_id,
    cast(round(60 * cast(p.landmark_minutes as double)) as bigint) as landmark_seconds,
    coalesce(cast(p.max_items as bigint), 50) as max_items,
    i.item,
    coalesce(cast(i.priority as bigint), {{ 2 ** 31 }}) as priority,
    i.event_name,
    i.property,
    i.operator,
    i.value as operand,
    i.label_property
from {{ definition('patterns') }} as p
inner join {{ definition('pattern_items') }} as i on i.pattern_set_id in (p.pattern_set_id, '*')
