-- depends_on: {{ ref('definition_problems') }}
with

variants as (
    select
        experiment_id,
        count(*) as variants,
        max(case when try_cast(is_control as boolean) then variant_id end) as control_variant_id
    from {{ definition('variants') }}
    group by experiment_id
)

select
    e.experiment_id,
    coalesce(e.experiment_name, e.experiment_id) as experiment_name,
    e.unit_type,
    cast(e.starts_at as timestamp) as starts_at,
    cast(e.ends_at as timestamp) as ends_at,
    coalesce(e.look_interval, 'daily') as look_interval,
    cast(e.shipped_at as timestamp) as shipped_at,
    e.shipped_variant_id,
    coalesce(v.variants, 0) as variants,
    v.control_variant_id,
    e.description
from {{ definition('experiments') }} as e
left join variants as v on v.experiment_id = e.experiment_id
