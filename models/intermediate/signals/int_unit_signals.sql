{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- What each exposed unit did before its exposure, and since. A session is taken as it is; the one with the exposure is
-- parted there, so that nothing that came after is among what was known before.
with

sessions as (
    select * from {{ ref('int_unit_sessions') }}
    where {{ is_touched('unit_id') }}
),

parted as (
    select
        e.*,
        s.experiment_id,
        s.unit_id,
        s.unit_type,
        s.exposed_at,
        case when {{ is_after_exposure('e', 's') }} then 'post_exposure' else 'pre_exposure' end as period,
        case when {{ is_after_exposure('e', 's') }} then s.exposed_at else s.started_at end as part_started_at,
        case when {{ is_after_exposure('e', 's') }} then s.ended_at else s.exposed_at end as part_ended_at
    from {{ ref('int_person_events') }} as e
    inner join sessions as s on s.session_id = e.session_id
    where s.period = 'both'
),

of_parts as (
    {{ signal_values('parted', ['experiment_id', 'unit_id', 'unit_type', 'exposed_at', 'period']) }}
),

parts as (
    select * from of_parts
    union all
    select s.experiment_id, s.unit_id, s.unit_type, s.exposed_at, s.period, s.started_at, v.signal, v.value
    from sessions as s
    inner join {{ ref('fct_session_signals') }} as v on v.session_id = s.session_id
    where s.period != 'both' and v.signal in (select signal from {{ ref('int_signals') }})
),

defined as (
    select
        p.experiment_id,
        p.unit_id,
        p.unit_type,
        p.period,
        p.signal,
        case
            when r.missing_is_zero then sum(p.value)
            when r.kind in ('max', 'fastest_rise') then max(p.value)
            when r.kind = 'mean' then avg(p.value)
            when r.kind = 'last' then {{ last_by('p.value', 'p.part_started_at') }}
            -- After the exposure, delays are counted from it, whatever session the event came in.
            when p.period = 'post_exposure' then min(p.value + {{ seconds_between('p.exposed_at', 'p.part_started_at') }})
            else min(p.value)
        end as value,
        cast(null as varchar) as text_value
    from parts as p
    inner join {{ ref('int_signals') }} as r on r.signal = p.signal
    group by p.experiment_id, p.unit_id, p.unit_type, p.period, p.signal, r.kind, r.missing_is_zero
),

-- Of the session that it was exposed in (or the last before): what its start told.
at_exposure as (
    select s.experiment_id, s.unit_id, s.unit_type, 'pre_exposure' as period, v.signal, v.value, v.text_value
    from sessions as s
    inner join {{ ref('fct_session_signals') }} as v on v.session_id = s.session_id
    where s.is_at_exposure
        and v.signal in ('session_number', 'hour_of_day', 'weekday', 'days_since_last_session', 'sessions_last_7_days', 'traffic_source', 'campaign',
            'device', 'country')
),

counted as (
    select
        experiment_id,
        unit_id,
        unit_type,
        case when started_at > exposed_at then 'post_exposure' else 'pre_exposure' end as period,
        'sessions' as signal,
        cast(count(*) as double) as value,
        cast(null as varchar) as text_value
    from sessions
    group by experiment_id, unit_id, unit_type, started_at > exposed_at
)

select * from defined where value is not null
union all
select * from at_exposure
union all
select * from counted
