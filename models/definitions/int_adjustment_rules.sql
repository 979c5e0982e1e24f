-- depends_on: {{ ref('definition_problems') }}
-- Rules, typed, with what the metric of their outcome asks for.
with

conditions as (
    select
        rule_id,
        count(signal) as signal_conditions,
        max(rate) as rate
    from {{ ref('int_adjustment_conditions') }}
    group by rule_id
)

select
    r.rule_id,
    coalesce(r.rule_name, r.rule_id) as rule_name,
    r.content_variant,
    coalesce(cast(r.priority as integer), 0) as priority,
    coalesce(cast(r.after_seconds as double), 0) as after_seconds,
    60 * coalesce(cast(r.cooldown_minutes as double), 0) as cooldown_seconds,
    cast(r.session_cap as integer) as session_cap,
    cast(r.unit_cap as integer) as unit_cap,
    cast(r.day_cap as integer) as day_cap,
    r.conflict_group,
    coalesce(cast(r.holdout_share as double), 0) as holdout_share,
    coalesce(cast(r.starts_at as timestamp), timestamp '1900-01-01') as starts_at,
    coalesce(cast(r.ends_at as timestamp), timestamp '9999-12-31') as ends_at,
    coalesce(c.signal_conditions, 0) as signal_conditions,
    c.rate,
    r.metric_id,
    m.kind,
    m.event_name as outcome_event_name,
    m.property,
    m.operator,
    m.value as operand,
    m.value_property,
    m.window_start_seconds,
    m.window_end_seconds,
    m.better,
    r.description
from {{ definition('adjustment_rules') }} as r
left join conditions as c on c.rule_id = r.rule_id
left join {{ ref('dim_metrics') }} as m on m.metric_id = r.metric_id
