-- depends_on: {{ ref('definition_problems') }}
select
    segment_dimension,
    segment,
    cast(priority as integer) as priority,
    source,
    attribute,
    operator,
    value
from {{ definition('segments') }}
