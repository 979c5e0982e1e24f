-- Units that were exposed to two experiments, by both variants; each pair of experiments stands here both ways. Pairs
-- that share too few units to compare anything are left out.
with

exposures as (select experiment_id, unit_type, unit_id, variant_id, exposed_at from {{ ref('int_exposures') }}),

cells as (
    select
        a.experiment_id,
        b.experiment_id as other_experiment_id,
        a.variant_id,
        b.variant_id as other_variant_id,
        count(*) as units,
        count(*) filter (where b.exposed_at <= a.exposed_at) as other_first_units
    from exposures as a
    inner join exposures as b on b.unit_id = a.unit_id and b.unit_type = a.unit_type and b.experiment_id != a.experiment_id
    group by a.experiment_id, b.experiment_id, a.variant_id, b.variant_id
)

select
    *,
    sum(units) over (partition by experiment_id, other_experiment_id) as shared_units,
    min(units) over (partition by experiment_id, other_experiment_id, other_variant_id) as smallest_cell
from cells
qualify shared_units >= {{ var('minimum_segment_units') }} and smallest_cell >= {{ var('minimum_variant_units') }}
