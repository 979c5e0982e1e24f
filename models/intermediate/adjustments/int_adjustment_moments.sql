{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- When the conditions on signals of a rule first held together in a session. What a rate was depends on everybody; so of
-- a rule with one, the first moment in each section and day is kept, and the rate is looked up in `fct_adjustment_triggers`.
with

steps as (select * from {{ ref('int_adjustment_steps') }} where {{ is_touched('person_id') }}),

-- One event may change several conditions; what counts is how it left them.
moments as (
    select person_id, rule_id, session_id, event_time, place, sequence, event_id,
        sum(change) as change,
        max(case when condition_number = 0 then actual end) as section
    from steps
    group by person_id, rule_id, session_id, event_time, place, sequence, event_id
),

course as (
    select
        *,
        sum(change) over session_so_far as holding,
        last_value(section ignore nulls) over session_so_far as section_so_far
    from moments
    window session_so_far as (
        partition by rule_id, session_id order by event_time, place, sequence, event_id rows unbounded preceding
    )
),

fulfilled as (
    select
        c.person_id, c.rule_id, c.session_id, c.event_time, c.place, c.sequence, c.event_id,
        r.rate,
        case when t.by_property is not null then c.section_so_far when r.rate is not null then 'all' end as section,
        case when r.rate is not null then cast(c.event_time as date) end as day
    from course as c
    inner join {{ ref('int_adjustment_rules') }} as r on r.rule_id = c.rule_id
    inner join {{ ref('int_session_facts') }} as s on s.session_id = c.session_id
    left join {{ ref('int_rates') }} as t on t.rate = r.rate
    where c.holding = r.signal_conditions
        and {{ is_written_since('s.version') }}
        and c.event_time >= {{ add_seconds('s.started_at', 'r.after_seconds') }}
        and c.event_time >= r.starts_at and c.event_time < r.ends_at
),

firsts as (
    select * from fulfilled
    where rate is null or section is not null
    qualify row_number() over (partition by rule_id, session_id, section, day order by event_time, place, sequence, event_id) = 1
),

-- What each condition saw last, up to the moment.
seen as (
    select f.rule_id, f.session_id, f.event_time, f.place, f.sequence, f.event_id, s.condition_number,
        {{ last_by('s.actual', struct({'t': 's.event_time', 'p': 's.place', 's': 's.sequence', 'id': 's.event_id'})) }} as actual
    from firsts as f
    inner join steps as s on s.rule_id = f.rule_id and s.session_id = f.session_id
    where s.condition_number > 0
        and (s.event_time, s.place, s.sequence, s.event_id) <= (f.event_time, f.place, f.sequence, f.event_id)
    group by f.rule_id, f.session_id, f.event_time, f.place, f.sequence, f.event_id, s.condition_number
),

told as (
    select s.rule_id, s.session_id, s.event_time, s.place, s.sequence, s.event_id,
        {{ joined_text("c.signal || ' ' || s.actual", "', '", 's.condition_number') }} as signals_seen
    from seen as s
    inner join {{ ref('int_adjustment_conditions') }} as c on c.rule_id = s.rule_id and c.condition_number = s.condition_number
    group by s.rule_id, s.session_id, s.event_time, s.place, s.sequence, s.event_id
)

select f.person_id, f.rule_id, f.session_id, f.event_time, f.place, f.sequence, f.event_id, f.rate, f.section, f.day, t.signals_seen
from firsts as f
left join told as t
    on t.rule_id = f.rule_id and t.session_id = f.session_id
    and (t.event_time, t.place, t.sequence, t.event_id) = (f.event_time, f.place, f.sequence, f.event_id)
