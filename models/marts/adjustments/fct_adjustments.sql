select
    l.adjustment_id,
    l.rule_id,
    l.content_variant,
    l.is_holdout,
    l.person_id as unit_id,
    l.session_id,
    l.served_at,
    l.sequence,
    l.received_time,
    t.triggered_at,
    t.trigger_values,
    t.triggered_at is not null as is_expected,
    -- What has no metric has no outcome.
    case when r.metric_id is not null then l.converted_at is not null end as has_converted,
    l.converted_at,
    case when r.metric_id is not null then coalesce(cast(l.outcome_value as double), 0) end as outcome_value,
    {{ add_seconds('l.served_at', 'r.window_end_seconds') }} as ripe_at,
    coalesce({{ add_seconds('l.served_at', 'r.window_end_seconds') }} <= a.as_of, false) as is_ripe
from {{ ref('int_adjustment_log') }} as l
cross join {{ ref('int_as_of') }} as a
left join {{ ref('int_adjustment_rules') }} as r on r.rule_id = l.rule_id
left join {{ ref('fct_adjustment_triggers') }} as t
    on t.rule_id = l.rule_id and t.session_id = l.session_id and t.triggered_at <= l.served_at
