{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='append_new_columns',
    meta={'refresh_by': 'person_id'}, post_hook="{{ microlift.record_build() }}"
) }}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
    where {{ is_touched('person_id') }}
),

events as (
    select e.*, s.started_at as part_started_at, s.ended_at as part_ended_at
    from {{ ref('int_person_events') }} as e
    inner join sessions as s on s.session_id = e.session_id
    where {{ is_written_since('e.version') }}
),

defined as (
    {{ signal_values('events', ['session_id']) }}
),

-- What every session has, beside what definitions name. `before` are the person's sessions until this one began.
described as (
    select
        *,
        {{ seconds_between('lag(ended_at) over person', 'started_at') }} / 86400 as days_since_last_session,
        count(*) over (
            partition by person_id order by started_at range between interval 7 day preceding and current row
        ) as sessions_last_7_days
    from sessions
    window person as (partition by person_id order by started_at, session_id)
),

-- One row a session becomes one a signal, without a join.
{% set numbers = {
    'session_number': 'session_number', 'session_seconds': 'duration_seconds', 'session_events': 'events', 'page_views': 'page_views',
    'is_bounce': 'cast(is_bounce as integer)', 'hour_of_day': 'extract(hour from started_at)', 'weekday': 'extract(isodow from started_at)',
    'days_since_last_session': 'days_since_last_session', 'sessions_last_7_days': 'sessions_last_7_days'
} -%}
of_session as (
    select
        session_id,
        person_id,
        started_at,
        {% set signals = [] -%}
        {% for signal, value in numbers.items() -%}
            {% do signals.append(struct({'signal': "'" ~ signal ~ "'", 'value': 'cast(' ~ value ~ ' as double)', 'text_value': 'cast(null as varchar)'})) -%}
        {% endfor -%}
        {% for signal in ['traffic_source', 'campaign', 'device', 'country'] -%}
            {% do signals.append(struct({'signal': "'" ~ signal ~ "'", 'value': 'cast(null as double)', 'text_value': signal})) -%}
        {% endfor -%}
        {{ explode('[' ~ signals | join(', ') ~ ']') }} as s
    from described
),

combined as (
    select d.session_id, s.person_id, s.started_at, d.signal, d.value, cast(null as varchar) as text_value
    from defined as d
    inner join sessions as s on s.session_id = d.session_id
    union all
    select session_id, person_id, started_at, s.signal, s.value, s.text_value from of_session
)

select
    session_id,
    person_id,
    started_at,
    signal,
    value,
    text_value
from combined
where value is not null or text_value is not null
