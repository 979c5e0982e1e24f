-- Events that the conditions of rules are made of.
select g.event_name
from {{ ref('int_signals') }} as g
inner join {{ ref('int_adjustment_conditions') }} as c on c.signal = g.signal
union
select g.until_event_name
from {{ ref('int_signals') }} as g
inner join {{ ref('int_adjustment_conditions') }} as c on c.signal = g.signal
union
select t.of_event_name
from {{ ref('int_rates') }} as t
inner join {{ ref('int_adjustment_conditions') }} as c on c.rate = t.rate
