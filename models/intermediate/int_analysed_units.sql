{{ config(materialized='view') }}

-- The units of every metric as they enter statistics: ripe, capped where that is declared, with a covariate where one is.
-- A unit whose covariate is not known takes the mean of the others, which adds nothing to any product.
select
    u.experiment_id,
    u.unit_id,
    u.metric_id,
    m.kind,
    u.variant_id,
    u.allocation_epoch,
    u.exposed_at,
    least(u.value, coalesce(c.cap, u.value)) as value,
    u.value as uncapped_value,
    u.denominator,
    case when m.covariate_seconds is not null then coalesce(u.covariate, c.covariate_centre) end as covariate,
    c.cap,
    c.centre,
    c.denominator_centre,
    c.covariate_centre
from {{ ref('int_unit_metrics') }} as u
inner join {{ ref('dim_metrics') }} as m on m.metric_id = u.metric_id
inner join {{ ref('int_metric_constants') }} as c on c.experiment_id = u.experiment_id and c.metric_id = u.metric_id
where u.is_ripe and u.value is not null
