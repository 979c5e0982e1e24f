{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- What each exposed unit did before its exposure, since, and of that until the landmark. A session is
-- taken as it is, or in its parts where it was parted.
with

sessions as (
    select * from {{ ref('int_unit_sessions') }}
    where {{ is_touched('unit_id') }}
),

of_whole_sessions as (
    select
        s.experiment_id,
        s.unit_id,
        s.unit_type,
        s.exposed_at,
        case when s.period = 'pre_exposure' then 'before' when s.started_at < s.funnel_until then 'in_funnel' else 'after' end as part,
        s.started_at as part_started_at,
        v.signal,
        v.value
    from sessions as s
    inner join {{ ref('int_session_signals') }} as v on v.session_id = s.session_id
    where not s.is_parted and {{ may_be_touched('v.version') }}
),

-- What was in the funnel is also of the time since the exposure.
periods as (
    {% for part, period in [('before', 'pre_exposure'), ('in_funnel', 'in_funnel'), ('in_funnel', 'post_exposure'), ('after', 'post_exposure')] -%}
    select '{{ part }}' as part, '{{ period }}' as period
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

parts as (
    select p.*, n.period
    from (
        select * from {{ ref('int_parted_signals') }} where {{ is_touched('unit_id') }}
        union all
        select * from of_whole_sessions
    ) as p
    inner join periods as n on n.part = p.part
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
            when p.period != 'pre_exposure' then min(p.value + {{ seconds_between('p.exposed_at', 'p.part_started_at') }})
            else min(p.value)
        end as value,
        cast(null as varchar) as text_value
    from parts as p
    inner join {{ ref('int_signals') }} as r on r.signal = p.signal
    group by p.experiment_id, p.unit_id, p.unit_type, p.period, p.signal, r.kind, r.missing_is_zero
),

-- Of the session that it was exposed in (or the last before): what its start told.
at_exposure as (
    select experiment_id, unit_id, unit_type, 'pre_exposure' as period, v.signal, v.value, v.text_value
    from (
        select experiment_id, unit_id, unit_type, {{ signals_of_session(signals_at_start()) }} as v
        from (
            select s.experiment_id, s.unit_id, s.unit_type, f.*
            from sessions as s
            inner join {{ ref('int_session_facts') }} as f on f.session_id = s.session_id
            where s.is_at_exposure and {{ may_be_touched('f.version') }}
        ) as entered
    ) as told
    where v.value is not null or v.text_value is not null
),

-- Sessions are counted where they began.
counted as (
    select
        s.experiment_id,
        s.unit_id,
        s.unit_type,
        n.period,
        'sessions' as signal,
        cast(count(*) as double) as value,
        cast(null as varchar) as text_value
    from sessions as s
    inner join periods as n
        on n.part = case when s.started_at <= s.exposed_at then 'before' when s.started_at < s.funnel_until then 'in_funnel' else 'after' end
    group by s.experiment_id, s.unit_id, s.unit_type, n.period
)

select * from defined where value is not null
union all
select * from at_exposure
union all
select * from counted
