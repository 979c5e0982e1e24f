{%- set shares = {'p10': 0.1, 'p25': 0.25, 'median': 0.5, 'p75': 0.75, 'p90': 0.9} -%}
with

entered as (
    select x.experiment_id, s.segment_dimension, s.segment, s.basis, x.variant_id, x.unit_id
    from {{ ref('int_exposures') }} as x
    inner join {{ ref('unit_segments') }} as s on s.experiment_id = x.experiment_id and s.unit_id = x.unit_id
    where x.source_door = 'events'

    union all
    select 'all', 'all', 'all', 'at_exposure', 'all', person_id from {{ ref('int_unit_timelines') }}
),

sizes as (
    select 'unit' as counted_per, experiment_id, segment_dimension, segment, min(basis) as basis, variant_id, count(*) as units
    from entered
    group by experiment_id, segment_dimension, segment, variant_id

    union all
    select 'session', e.experiment_id, e.segment_dimension, e.segment, min(e.basis), e.variant_id, count(*)
    from entered as e
    inner join {{ ref('int_funnel_sessions') }} as s on s.experiment_id = e.experiment_id and s.unit_id = e.unit_id
    group by e.experiment_id, e.segment_dimension, e.segment, e.variant_id
),

reached as (
    select
        a.funnel_id, a.experiment_id, e.segment_dimension, e.segment, e.variant_id, a.step_number,
        count(*) as units,
        {{ quantiles('a.seconds_from_start', shares.values()) }} as from_start,
        {{ quantiles('a.seconds_from_previous', shares.values()) }} as from_previous
    from {{ ref('fct_funnel_attempts') }} as a
    inner join entered as e on e.experiment_id = a.experiment_id and e.unit_id = a.unit_id
    group by a.funnel_id, a.experiment_id, e.segment_dimension, e.segment, e.variant_id, a.step_number
),

-- Every step of every cell, reached or not.
filled as (
    select
        s.funnel_id, z.experiment_id, z.segment_dimension, z.segment, z.basis, z.variant_id, s.step_number, s.step_name, s.is_optional,
        s.previous_step_number, f.counted_per,
        z.units,
        coalesce(r.units, 0) as units_reached,
        r.from_start,
        r.from_previous
    from {{ ref('int_funnel_steps') }} as s
    inner join {{ ref('int_funnels') }} as f on f.funnel_id = s.funnel_id
    inner join sizes as z
        on z.counted_per = f.counted_per
        and f.counts_whom in ('both', case z.experiment_id when 'all' then 'everyone' else 'exposed' end)
    left join reached as r
        on r.funnel_id = s.funnel_id and r.experiment_id = z.experiment_id and r.segment_dimension = z.segment_dimension
        and r.segment = z.segment and r.variant_id = z.variant_id and r.step_number = s.step_number
)

select
    f.funnel_id,
    f.experiment_id,
    f.segment_dimension,
    f.segment,
    f.basis,
    f.variant_id,
    f.step_number,
    f.step_name,
    f.is_optional,
    f.counted_per,
    f.units,
    f.units_reached,
    f.units_reached / nullif(f.units, 0) as rate_of_units,
    f.units_reached / nullif(first_value(f.units_reached) over funnel, 0) as conversion_from_start,
    f.units_reached / nullif(b.units_reached, 0) as conversion_from_previous,
    b.units_reached - f.units_reached as dropped_off
    {%- for since in ['start', 'previous'] %}{% for name in shares %},
    {{ element('f.from_' ~ since, loop.index) }} as {{ name }}_seconds_from_{{ since }}
    {%- endfor %}{% endfor %}
from filled as f
left join filled as b
    on b.funnel_id = f.funnel_id and b.experiment_id = f.experiment_id and b.segment_dimension = f.segment_dimension
    and b.segment = f.segment and b.variant_id = f.variant_id and b.step_number = f.previous_step_number
window funnel as (
    partition by f.funnel_id, f.experiment_id, f.segment_dimension, f.segment, f.variant_id order by f.step_number
)
