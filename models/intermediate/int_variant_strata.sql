-- Sufficient statistics of every cell and allocation epoch: what the Python models read. Grain: experiment ×
-- segment dimension × segment × metric × variant × allocation epoch.
-- depends_on: {{ ref('validate_exposures') }}
with

from_units as (
    select
        u.experiment_id,
        s.segment_dimension,
        s.segment,
        u.metric_id,
        u.variant_id,
        u.allocation_epoch,
        {{ stratum_statistics('u') }}
    from {{ ref('int_analysed_units') }} as u
    inner join {{ ref('unit_segments') }} as s on s.experiment_id = u.experiment_id and s.unit_id = u.unit_id
    group by u.experiment_id, s.segment_dimension, s.segment, u.metric_id, u.variant_id, u.allocation_epoch
),

combined as (
    select * from from_units
    union all
    select * from {{ ref('int_count_strata') }}
)

select
    c.experiment_id,
    c.segment_dimension,
    c.segment,
    c.metric_id,
    m.kind,
    c.variant_id,
    c.allocation_epoch,
    {{ stratum_columns('c', 'm.kind') }}
from combined as c
inner join {{ ref('dim_metrics') }} as m on m.metric_id = c.metric_id
