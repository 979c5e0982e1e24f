{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- The sessions of each exposed unit, before and after its exposure; the one that it was exposed in is of both.
with

macro_conversions as (select experiment_id from {{ ref('int_macro_conversions') }}),

unit_types as (select distinct unit_type from {{ ref('dim_experiments') }}),

sessions as (
    select
        t.unit_type,
        case t.unit_type when 'user' then s.person_id when 'device' then s.device_id else s.session_id end as unit_id,
        s.session_id,
        s.started_at,
        s.ended_at
    from {{ ref('int_session_facts') }} as s
    cross join unit_types as t
    where {{ may_be_touched('s.version') }}
),

placed as (
    select
        x.experiment_id,
        x.unit_id,
        x.unit_type,
        x.exposed_at,
        x.exposure_sequence,
        x.exposure_event_id,
        s.session_id,
        s.started_at,
        s.ended_at,
        -- Counted alike for who converts and who does not, else who converts soon had no time to show anything.
        case
            when m.experiment_id is null then timestamp '9999-12-31'
            else {{ add_seconds('x.exposed_at', (var('signal_landmark_minutes') * 60) | int) }}
        end as funnel_until,
        case
            when s.ended_at < x.exposed_at then 'pre_exposure'
            when s.started_at > x.exposed_at then 'post_exposure'
            else 'both'
        end as period,
        row_number() over (
            partition by x.experiment_id, x.unit_id order by s.started_at > x.exposed_at, s.started_at desc, s.session_id desc
        ) = 1 and s.started_at <= x.exposed_at as is_at_exposure
    from {{ ref('int_exposures') }} as x
    inner join sessions as s on s.unit_type = x.unit_type and s.unit_id = x.unit_id
    left join macro_conversions as m on m.experiment_id = x.experiment_id
    where x.source_door = 'events' and {{ is_touched('x.unit_id') }}
)

-- Parted are sessions with the exposure in them, or the landmark.
select
    *,
    period = 'both' or (period = 'post_exposure' and started_at < funnel_until and ended_at >= funnel_until) as is_parted
from placed
