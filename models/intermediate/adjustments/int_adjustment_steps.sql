{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- What each condition of a rule saw in a session, step by step, and whether it held. A condition that does not hold at
-- the session's start has no row there.
with

sessions as (
    select session_id, person_id, started_at, ended_at from {{ ref('int_session_facts') }}
    where {{ is_written_since('version') }}
),

rules as (select * from {{ ref('int_adjustment_rules') }}),

conditions as (select * from {{ ref('int_adjustment_conditions') }} where signal is not null),

events as (
    select e.session_id, e.event_id, e.event_name, e.event_time, e.sequence, e.properties, s.started_at as part_started_at
    from {{ ref('int_person_events') }} as e
    inner join sessions as s on s.session_id = e.session_id
    where {{ is_written_since('e.version') }} and e.event_name in (select event_name from {{ ref('int_adjustment_inputs') }})
),

known_at_start as (
    select session_id, signal, value, text_value from {{ ref('fct_session_signals') }}
    where {{ is_touched('person_id') }} and signal in (select signal from conditions where is_known_at_start)
),

signals as (
    {{ running_signals('events', 'select signal from ' ~ ref('int_adjustment_conditions')) }}
),

-- `place` orders what falls on one moment: the session's start, events, and the time that a rule waits for.
seen as (
    select
        s.session_id, c.rule_id, c.condition_number, c.operator, c.operand, s.started_at as event_time, 0 as place,
        0 as sequence, '' as event_id, false as is_until,
        case when c.is_known_at_start then coalesce(v.text_value, {{ number_text('v.value') }}) when g.missing_is_zero then '0' end as actual
    from sessions as s
    cross join conditions as c
    left join {{ ref('int_signals') }} as g on g.signal = c.signal
    left join known_at_start as v on c.is_known_at_start and v.session_id = s.session_id and v.signal = c.signal

    union all
    select g.session_id, c.rule_id, c.condition_number, c.operator, c.operand, g.event_time, 1, g.sequence, g.event_id, g.is_until,
        {{ number_text('g.value') }}
    from signals as g
    inner join conditions as c on c.signal = g.signal
),

-- Number 0 stands for what is no condition on a signal: the section that the session is in, and the waiting time.
steps as (
    select {{ all_but(['operator', 'operand']) }}, {{ matches('actual', 'operator', 'operand') }} as holds
    from seen

    union all
    select e.session_id, r.rule_id, 0, e.event_time, 1, e.sequence, e.event_id, false, {{ json_text('e.properties', 't.by_property') }}, false
    from events as e
    inner join {{ ref('int_rates') }} as t on t.of_event_name = e.event_name
    inner join rules as r on r.rate = t.rate

    union all
    select s.session_id, r.rule_id, 0, {{ add_seconds('s.started_at', 'r.after_seconds') }}, 2, 0, '', false, null, false
    from sessions as s
    inner join rules as r
        on (r.after_seconds > 0 or r.signal_conditions = 0) and {{ add_seconds('s.started_at', 'r.after_seconds') }} <= s.ended_at
)

select
    s.person_id,
    t.rule_id,
    t.session_id,
    t.condition_number,
    t.event_time,
    t.place,
    t.sequence,
    t.event_id,
    t.actual,
    t.holds,
    cast(t.holds as integer) - coalesce(lag(cast(t.holds as integer)) over (
        partition by t.session_id, t.rule_id, t.condition_number order by t.event_time, t.place, t.sequence, t.event_id, t.is_until
    ), 0) as change
from steps as t
inner join sessions as s on s.session_id = t.session_id
where t.holds or t.place > 0
