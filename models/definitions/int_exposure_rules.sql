-- depends_on: {{ ref('definition_problems') }}
select
    r.rule_id,
    r.experiment_id,
    r.event_name,
    r.property,
    r.operator,
    r.value,
    r.variant_property,
    r.variant_id,
    e.unit_type,
    e.starts_at,
    e.ends_at
from {{ definition('exposure_rules') }} as r
inner join {{ ref('dim_experiments') }} as e on e.experiment_id = r.experiment_id
