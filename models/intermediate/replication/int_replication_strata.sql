-- Sufficient statistics of the cells that enter inference, of each half of their units: a stable hash, which has nothing
-- to do with that of the assignment, puts a unit for good into the half that explores or the half that confirms. Totals
-- name no unit and cannot be split; quantiles are no matter of sums.
-- depends_on: {{ ref('validate_aggregates') }}
with

units as (
    select
        *,
        case when {{ unit_share('unit_id', "experiment_id || ': replication'") }} < {{ var('confirmation_share') }}
            then 'confirmation' else 'exploration'
        end as half
    from {{ ref('int_analysed_units') }}
    where kind != 'quantile' and {{ var('confirmation_share') }} > 0
),

tested_segments as (
    select g.experiment_id, g.unit_id, g.segment_dimension, g.segment
    from {{ ref('unit_segments') }} as g
    inner join {{ ref('dim_segments') }} as s
        on s.experiment_id = g.experiment_id and s.segment_dimension = g.segment_dimension and s.segment = g.segment
    where s.is_large_enough and {{ is_known_by_exposure('s.basis') }}
),

cells as (
    select
        u.experiment_id,
        s.segment_dimension,
        s.segment,
        u.metric_id,
        u.kind,
        u.variant_id,
        u.allocation_epoch,
        u.half,
        {{ stratum_statistics('u') }}
    from units as u
    inner join tested_segments as s on s.experiment_id = u.experiment_id and s.unit_id = u.unit_id
    group by u.experiment_id, s.segment_dimension, s.segment, u.metric_id, u.kind, u.variant_id, u.allocation_epoch, u.half
)

select
    c.experiment_id,
    c.segment_dimension,
    c.segment,
    c.metric_id,
    c.kind,
    c.variant_id,
    c.allocation_epoch,
    c.half,
    {{ stratum_columns('c', 'c.kind') }}
from cells as c
