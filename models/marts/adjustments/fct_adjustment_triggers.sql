with

rules as (select * from {{ ref('int_adjustment_rules') }}),

-- Whether the rate of a section was, on that morning, what the rule asks for.
rates as (
    select
        c.rule_id,
        a.section,
        a.day,
        bool_and({{ matches("cast(case c.bound when 'lower' then a.interval_low when 'upper' then a.interval_high else a.estimate end as varchar)", 'c.operator', 'c.operand') }})
            as holds,
        max(c.rate || ' of ' || a.section || ' ' || a.counted_sessions || '/' || a.sessions) as rate_seen
    from {{ ref('int_adjustment_conditions') }} as c
    inner join {{ ref('agg_rates') }} as a on a.rate = c.rate and a.confidence = c.confidence
    group by c.rule_id, a.section, a.day
),

firsts as (
    select m.*, t.rate_seen
    from {{ ref('int_adjustment_moments') }} as m
    left join rates as t on t.rule_id = m.rule_id and t.section = m.section and t.day = m.day
    where m.rate is null or t.holds
    qualify row_number() over (
        partition by m.rule_id, m.session_id order by m.event_time, m.place, m.sequence, m.event_id
    ) = 1
),

-- Of what falls on one moment, the rule of the lowest priority comes first.
in_order as (
    select
        f.person_id,
        {{ sorted_list(struct({
            'triggered_at': 'f.event_time', 'priority': 'r.priority', 'rule_id': 'f.rule_id', 'session_id': 'f.session_id',
            'conflict_group': 'r.conflict_group', 'cooldown_seconds': 'r.cooldown_seconds', 'unit_cap': 'r.unit_cap', 'day_cap': 'r.day_cap',
            'is_holdout': unit_share('f.person_id', "f.rule_id || ': holdback'") ~ ' < r.holdout_share', 'held_back_by': 'cast(null as varchar)'
        })) }} as triggers
    from firsts as f
    inner join rules as r on r.rule_id = f.rule_id
    group by f.person_id
),

paced as (
    select person_id, {{ explode(pace_triggers('triggers')) }} as paced_trigger -- noqa: PRS
    from in_order
),

told as (
    select
        p.person_id as unit_id,
        (p.paced_trigger).rule_id as rule_id,
        (p.paced_trigger).session_id as session_id,
        (p.paced_trigger).triggered_at as triggered_at,
        (p.paced_trigger).is_holdout as is_holdout,
        (p.paced_trigger).held_back_by as held_back_by
    from paced as p
)

select
    t.rule_id,
    t.session_id,
    t.unit_id,
    t.triggered_at,
    r.content_variant,
    concat_ws(', ', f.signals_seen, f.rate_seen) as trigger_values,
    t.is_holdout,
    t.held_back_by,
    t.held_back_by is null as would_be_served
from told as t
inner join firsts as f on f.rule_id = t.rule_id and f.session_id = t.session_id
inner join rules as r on r.rule_id = t.rule_id
