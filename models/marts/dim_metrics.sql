-- depends_on: {{ ref('definition_problems') }}
select
    metric_id,
    coalesce(metric_name, metric_id) as metric_name,
    -- What statistics see: to have come back is a conversion, and the time until something is a sum of one number.
    case when quantile is not null then 'quantile' when kind = 'retention' then 'conversion' when kind = 'duration' then 'sum' else kind end
        as kind,
    kind as measure,
    event_name,
    property,
    operator,
    value,
    value_property,
    denominator_event_name,
    denominator_value_property,
    cast(round(3600 * coalesce(cast(window_start_hours as double), 0)) as bigint) as window_start_seconds,
    cast(round(3600 * cast(window_end_hours as double)) as bigint) as window_end_seconds,
    coalesce(missing_means, case when kind = 'duration' then 'absent' else 'zero' end) as missing_means,
    coalesce(better, 'higher') as better,
    cast(winsorize_at as double) as winsorize_at,
    cast(round(86400 * cast(covariate_days as double)) as bigint) as covariate_seconds,
    cast(quantile as double) as quantile,
    description
from {{ definition('metrics') }}
