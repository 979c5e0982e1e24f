-- Segments that the units door brings with its units. A unit that does not name a dimension of its experiment is unknown
-- there.
with

units as (
    select experiment_id, unit_id, attributes
    from {{ ref('int_exposures') }}
    where source_door = 'units'
),

named as (
    select distinct experiment_id, {{ explode(json_keys('attributes')) }} as segment_dimension
    from units
    where attributes is not null
)

select
    u.experiment_id,
    u.unit_id,
    n.segment_dimension,
    coalesce({{ filled(json_text_of_key('u.attributes', 'n.segment_dimension')) }}, 'unknown') as segment
from units as u
inner join named as n on n.experiment_id = u.experiment_id
-- The whole experiment is a dimension already.
where trim(n.segment_dimension) not in ('', 'all')
