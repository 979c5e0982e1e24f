select
    experiment_id,
    unit_type,
    unit_id,
    variant_id,
    exposed_at,
    received_time,
    allocation_epoch,
    exposures,
    variants_seen,
    is_contaminated,
    source_door
from {{ ref('int_exposures') }}
