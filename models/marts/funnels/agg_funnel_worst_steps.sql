{{ config(materialized='view') }}

with

-- An optional step loses nobody.
ranked as (
    select
        s.*,
        b.step_name as previous_step_name,
        b.units_reached as units_at_previous,
        row_number() over (
            partition by s.funnel_id, s.experiment_id, s.segment_dimension, s.segment, s.variant_id
            order by s.conversion_from_previous, s.step_number
        ) as place
    from {{ ref('agg_funnel_steps') }} as s
    inner join {{ ref('int_funnel_steps') }} as d on d.funnel_id = s.funnel_id and d.step_number = s.step_number
    inner join {{ ref('agg_funnel_steps') }} as b
        on b.funnel_id = s.funnel_id and b.experiment_id = s.experiment_id and b.segment_dimension = s.segment_dimension
        and b.segment = s.segment and b.variant_id = s.variant_id and b.step_number = d.previous_step_number
    where not s.is_optional and s.conversion_from_previous is not null
)

select
    funnel_id,
    experiment_id,
    segment_dimension,
    segment,
    basis,
    variant_id,
    counted_per,
    step_number,
    step_name,
    previous_step_name,
    units_at_previous,
    units_reached,
    dropped_off,
    conversion_from_previous,
    'Of ' || units_at_previous || ' ' || counted_per || 's at "' || previous_step_name || '", ' || dropped_off || ' ('
    || cast(round(100 * (1 - conversion_from_previous), 1) as decimal(4, 1)) || '%) do not get to "' || step_name || '".' as reading
from ranked
where place = 1
