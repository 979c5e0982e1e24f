-- The segment that the rules give each exposed unit in each dimension, before small ones are merged. Within a
-- dimension the first rule by priority wins; what no rule takes is 'other', or 'unknown' where nothing is known.
with

-- Rules are tried once for each distinct value, not for each unit.
distinct_values as (select distinct source, attribute, value from {{ ref('int_exposure_attributes') }}),

-- A place among all answers of a dimension, so that the first of a unit's is the smallest number.
matched as (
    select
        r.segment_dimension,
        v.source,
        v.attribute,
        v.value,
        case when r.segment = '*' then v.value else r.segment end as segment,
        row_number() over (
            partition by r.segment_dimension order by r.priority, r.segment, v.source, v.attribute, v.value
        ) as place
    from distinct_values as v
    inner join {{ ref('int_segment_rules') }} as r on r.source = v.source and r.attribute = v.attribute
    where {{ matches('v.value', 'r.operator', 'r.value') }}
),

dimensions as (select distinct segment_dimension, source, attribute from {{ ref('int_segment_rules') }}),

answers as (
    select
        a.experiment_id,
        a.unit_id,
        d.segment_dimension,
        min(m.place) as place,
        count(a.value) as known_values,
        count(*) filter (where a.source = 'exposure') as at_exposure
    from {{ ref('int_exposure_attributes') }} as a
    inner join dimensions as d on d.source = a.source and d.attribute = a.attribute
    left join matched as m
        on m.segment_dimension = d.segment_dimension and m.source = a.source and m.attribute = a.attribute and m.value = a.value
    group by a.experiment_id, a.unit_id, d.segment_dimension
),

by_rules as (
    select
        a.experiment_id,
        a.unit_id,
        a.segment_dimension,
        coalesce(m.segment, case when a.known_values = 0 then 'unknown' else 'other' end) as segment,
        case when a.at_exposure > 0 then 'at_exposure' else 'pre_exposure' end as basis
    from answers as a
    left join matched as m on m.segment_dimension = a.segment_dimension and m.place = a.place
),

given as (
    select
        experiment_id,
        unit_id,
        {{ explode(json_keys('attributes')) }} as segment_dimension,
        attributes
    from {{ ref('int_exposures') }}
    where source_door = 'units' and attributes is not null
),

from_units_door as (
    select
        experiment_id,
        unit_id,
        segment_dimension,
        coalesce({{ json_text('attributes', "segment_dimension") }}, 'unknown') as segment,
        'at_exposure' as basis
    from given
)

select experiment_id, unit_id, 'all' as segment_dimension, 'all' as segment, 'at_exposure' as basis
from {{ ref('int_exposures') }}
union all
select * from by_rules
union all
select * from from_units_door
