{{ config(
    materialized='incremental', incremental_strategy='touched', on_schema_change='sync_all_columns',
    meta={'refresh_by': 'unit_id'}, post_hook="{{ microlift.record_build() }}"
) }}

-- The segment that the rules give each exposed unit in each dimension. The first rule by priority wins; what no rule takes
-- is 'other', or 'unknown' where nothing is known.
with

rules as (select * from {{ ref('int_segment_rules') }}),

inputs as (
    select * from {{ ref('int_segment_inputs') }}
    where {{ is_touched('unit_id') }}
),

-- Conditions are tried once for each distinct value, not for each unit; compound rules once for each distinct set of
-- conditions that some unit meets.
met as (
    select
        r.segment_dimension,
        v.source,
        v.attribute,
        v.value,
        min(r.place) filter (where not r.is_compound) as place,
        bit_or(r.condition_bit) as conditions
    from (select distinct source, attribute, value from inputs where value is not null) as v
    inner join rules as r on r.source = v.source and r.attribute = v.attribute
    where {{ matches('v.value', 'r.operator', 'r.value') }}
    group by r.segment_dimension, v.source, v.attribute, v.value
),

answers as (
    select
        i.experiment_id,
        i.unit_id,
        d.segment_dimension,
        min(m.place) as place,
        {{ first_by('i.value', 'm.place') }} as value,
        bit_or(m.conditions) as conditions,
        count(i.value) as known_values
    from inputs as i
    inner join (select distinct segment_dimension, source, attribute from rules) as d
        on d.source = i.source and d.attribute = i.attribute
    left join met as m
        on m.segment_dimension = d.segment_dimension and m.source = i.source and m.attribute = i.attribute and m.value = i.value
    group by i.experiment_id, i.unit_id, d.segment_dimension
),

compound_rules as (
    select segment_dimension, place, bit_or(condition_bit) as conditions
    from rules
    where is_compound
    group by segment_dimension, place
),

compound as (
    select a.segment_dimension, a.conditions, min(r.place) as place
    from (select distinct segment_dimension, conditions from answers) as a
    inner join compound_rules as r
        on r.segment_dimension = a.segment_dimension and (a.conditions & r.conditions) = r.conditions
    group by a.segment_dimension, a.conditions
)

select
    a.experiment_id,
    a.unit_id,
    a.segment_dimension,
    case
        when n.segment = '*' then a.value
        else coalesce(n.segment, case when a.known_values = 0 then 'unknown' else 'other' end)
    end as segment
from answers as a
left join compound as c on c.segment_dimension = a.segment_dimension and c.conditions = a.conditions
left join (select distinct segment_dimension, place, segment from rules) as n
    on n.segment_dimension = a.segment_dimension and n.place = least(a.place, c.place)
