{{ config(materialized='view') }}

-- The segment of each exposed unit in each dimension, before small ones are merged.
with

given as (select distinct experiment_id, segment_dimension from {{ ref('int_given_segments') }}),

dimensions as (select distinct segment_dimension, basis from {{ ref('int_segment_rules') }})

select experiment_id, unit_id, 'all' as segment_dimension, 'all' as segment, 'at_exposure' as basis
from {{ ref('int_exposures') }}

union all
select r.experiment_id, r.unit_id, r.segment_dimension, r.segment, d.basis
from {{ ref('int_rule_segments') }} as r
inner join dimensions as d on d.segment_dimension = r.segment_dimension
left join given as g on g.experiment_id = r.experiment_id and g.segment_dimension = r.segment_dimension
-- What the units door says of a dimension stands.
where g.segment_dimension is null

union all
select experiment_id, unit_id, segment_dimension, segment, 'at_exposure'
from {{ ref('int_given_segments') }}
