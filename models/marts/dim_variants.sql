-- depends_on: {{ ref('definition_problems') }}
select
    experiment_id,
    variant_id,
    coalesce(variant_name, variant_id) as variant_name,
    coalesce(cast(is_control as boolean), false) as is_control,
    factors
from {{ definition('variants') }}
