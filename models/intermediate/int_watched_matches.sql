-- What was counted of each thing that an experiment watches: the readings that meet its condition.
select
    w.watch_id,
    w.experiment_id,
    coalesce(c.variant_id, w.variant_id) as variant_id,
    {{ all_but(['event_name', 'property', 'is_number', 'actual', 'variant_id'], 'c') }}
from {{ ref('int_watched_events') }} as w
inner join {{ ref('int_watched_counts') }} as c
    on c.event_name = w.event_name
    and c.property = coalesce(w.property, '')
    and c.read_property = coalesce(w.read_property, '')
    and c.is_exposure = (w.role = 'exposure')
    and c.is_number = (w.role in ('metric', 'denominator') and w.read_property is not null)
where {{ matches('c.actual', 'w.operator', 'w.operand') }}
