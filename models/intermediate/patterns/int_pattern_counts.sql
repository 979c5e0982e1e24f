-- The distinct sequences of a pattern set, each with its number of units: what the search for patterns reads. A unit counts
-- once its metric's window has closed. Of more units than a set is to read, about so many are drawn by their ids.
-- depends_on: {{ ref('validate_exposures') }}
with

units as (
    select
        p.pattern_set_id,
        u.experiment_id,
        u.unit_id,
        u.variant_id,
        u.allocation_epoch,
        case
            when u.value = 0 then 'no'
            when p.landmark_seconds is not null and u.first_counted_at < {{ add_seconds('u.exposed_at', 'p.landmark_seconds') }} then 'early'
            else 'yes'
        end as converted,
        p.max_units,
        count(*) over (partition by p.pattern_set_id, u.experiment_id) as units_of_set
    from {{ ref('int_unit_metrics') }} as u
    inner join {{ ref('int_pattern_sets') }} as p on p.metric_id = u.metric_id
    where u.is_ripe
),

drawn as (
    select * from units
    where units_of_set <= max_units or {{ stable_fraction('unit_id') }} * units_of_set < max_units
)

select
    d.pattern_set_id,
    d.experiment_id,
    d.variant_id,
    d.allocation_epoch,
    d.converted,
    s.items,
    count(*) as units,
    max(d.units_of_set) as units_of_set
from drawn as d
left join {{ ref('int_pattern_sequences') }} as s
    on s.pattern_set_id = d.pattern_set_id and s.experiment_id = d.experiment_id and s.unit_id = d.unit_id
group by d.pattern_set_id, d.experiment_id, d.variant_id, d.allocation_epoch, d.converted, s.items
