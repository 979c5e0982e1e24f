{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- What segment rules ask of each exposed unit, from wherever it comes. A further source is one more branch here and one
-- more name in the macro `segment_sources`.
with

wanted as (select distinct source, attribute from {{ ref('int_segment_rules') }}),

exposures as (
    select experiment_id, unit_id, exposed_at, attributes, source_door
    from {{ ref('int_exposures') }}
    where {{ is_touched('unit_id') }}
),

at_exposure as (
    select x.experiment_id, x.unit_id, w.source, w.attribute, {{ filled(json_text('x.attributes', 'w.attribute')) }} as value
    from exposures as x
    cross join wanted as w
    where w.source = 'exposure' and x.source_door = 'events'
),

-- As it was known at the exposure.
attributes as (
    select x.experiment_id, x.unit_id, w.source, w.attribute, {{ last_by('a.value', 'a.known_at') }} as value
    from exposures as x
    cross join wanted as w
    left join {{ ref('int_unit_attributes_checked') }} as a
        on a.unit_id = x.unit_id and a.attribute = w.attribute and a.status = 'valid' and a.known_at <= x.exposed_at
    where w.source = 'unit'
    group by x.experiment_id, x.unit_id, w.source, w.attribute
),

wanted_signals as (
    select
        w.source,
        w.attribute,
        case w.source when 'signal_before' then 'pre_exposure' else 'post_exposure' end as period,
        case when w.attribute = 'sessions' or r.missing_is_zero then '0' end as when_missing
    from wanted as w
    left join {{ ref('int_signals') }} as r on r.signal = w.attribute
    where w.source in ('signal_before', 'signal_after')
),

-- Gathered for each unit first: most units have few of the signals, and a join for each of them would be a large one.
seen_signals as (
    select
        s.experiment_id,
        s.unit_id,
        {{ map_of("w.source || ' ' || w.attribute", 'coalesce(s.text_value, ' ~ number_text('s.value') ~ ')') }} as seen
    from {{ ref('int_unit_signals') }} as s
    inner join wanted_signals as w on w.attribute = s.signal and w.period = s.period
    where {{ is_touched('s.unit_id') }}
    group by s.experiment_id, s.unit_id
),

signals as (
    select
        x.experiment_id, x.unit_id, w.source, w.attribute,
        coalesce({{ element('s.seen', "(w.source || ' ' || w.attribute)") }}, w.when_missing) as value
    from exposures as x
    left join seen_signals as s on s.experiment_id = x.experiment_id and s.unit_id = x.unit_id
    cross join wanted_signals as w
    where x.source_door = 'events'
),

clusters as (
    select x.experiment_id, x.unit_id, w.source, w.attribute, c.cluster as value
    from exposures as x
    cross join wanted as w
    left join {{ ref('unit_clusters') }} as c
        on c.experiment_id = x.experiment_id and c.unit_id = x.unit_id and c.clustering_id = w.attribute
        and case c.basis when 'pre_exposure' then 'cluster_before' else 'cluster_after' end = w.source
    where w.source in ('cluster_before', 'cluster_after') and x.source_door = 'events'
),

-- The unit's own value so far, whether or not the window of the metric has closed.
metrics as (
    select
        v.experiment_id, v.unit_id, w.source, w.attribute,
        {{ number_text("case when m.kind = 'ratio' then v.value / nullif(v.denominator, 0) else v.value end") }} as value
    from {{ ref('int_unit_values') }} as v
    inner join wanted as w on w.source = 'metric' and w.attribute = v.metric_id
    inner join {{ ref('dim_metrics') }} as m on m.metric_id = v.metric_id
    where {{ is_touched('v.unit_id') }}
),

deepest_steps as (
    select experiment_id, unit_id, funnel_id, max(step_number) as step_number
    from {{ ref('fct_funnel_attempts') }}
    where funnel_id in (select attribute from wanted where source = 'funnel') and {{ is_touched('unit_id') }}
    group by experiment_id, unit_id, funnel_id
),

funnels as (
    select x.experiment_id, x.unit_id, w.source, w.attribute, cast(coalesce(d.step_number, 0) as varchar) as value
    from exposures as x
    cross join wanted as w
    left join deepest_steps as d
        on d.experiment_id = x.experiment_id and d.unit_id = x.unit_id and d.funnel_id = w.attribute
    where w.source = 'funnel' and x.source_door = 'events'
)

{% for branch in ['at_exposure', 'attributes', 'signals', 'clusters', 'metrics', 'funnels'] -%}
select * from {{ branch }}
{{ 'union all' if not loop.last }}
{% endfor %}
