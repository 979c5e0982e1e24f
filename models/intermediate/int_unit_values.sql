{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- Every metric of every exposed unit. `value` is NULL where a missing event means that the metric is absent.
with

counted as (
    select
        experiment_id,
        unit_id,
        metric_id,
        sum(value) filter (where part = 'value') as value,
        min(value) filter (where part = 'value') as least_value,
        sum(value) filter (where part = 'denominator') as denominator,
        sum(value) filter (where part = 'covariate') as covariate,
        min(event_time) filter (where part = 'value' and value is not null) as first_counted_at
    from {{ ref('int_metric_events') }}
    where {{ is_touched('unit_id') }}
    group by experiment_id, unit_id, metric_id
),

from_events as (
    select
        x.experiment_id,
        x.unit_id,
        em.metric_id,
        x.variant_id,
        x.allocation_epoch,
        x.exposed_at,
        x.received_time as exposure_received_time,
        {{ add_seconds('x.exposed_at', 'm.window_end_seconds') }} as ripe_at,
        cast(case
            when m.measure = 'duration' then c.least_value
            when m.kind = 'conversion' then least(coalesce(c.value, 0), 1)
            when m.missing_means = 'zero' then coalesce(c.value, 0)
            else c.value
        end as decimal(18, 6)) as value,
        cast(case when m.kind = 'ratio' then coalesce(c.denominator, 0) end as decimal(18, 6)) as denominator,
        cast(case when m.covariate_seconds is not null then coalesce(c.covariate, 0) end as decimal(18, 6)) as covariate,
        c.first_counted_at
    from {{ ref('int_exposures') }} as x
    inner join {{ ref('int_experiment_metrics') }} as em on em.experiment_id = x.experiment_id
    inner join {{ ref('dim_metrics') }} as m on m.metric_id = em.metric_id
    left join counted as c
        on c.experiment_id = x.experiment_id and c.unit_id = x.unit_id and c.metric_id = em.metric_id
    where x.source_door = 'events' and m.event_name is not null and {{ is_touched('x.unit_id') }}
),

from_units as (
    select
        u.experiment_id,
        u.unit_id,
        u.metric_id,
        x.variant_id,
        x.allocation_epoch,
        x.exposed_at,
        x.exposed_at as exposure_received_time,
        x.exposed_at as ripe_at,
        cast(u.value as decimal(18, 6)) as value,
        cast(u.denominator as decimal(18, 6)) as denominator,
        cast(u.covariate as decimal(18, 6)) as covariate,
        cast(null as timestamp) as first_counted_at
    from {{ ref('int_units_checked') }} as u
    inner join {{ ref('int_exposures') }} as x on x.experiment_id = u.experiment_id and x.unit_id = u.unit_id
    where u.status = 'valid' and x.source_door = 'units' and {{ is_touched('u.unit_id') }}
)

select * from from_events
union all
select * from from_units
