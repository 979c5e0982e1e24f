-- depends_on: {{ ref('definition_problems') }}
select
    pattern_set_id,
    period,
    metric_id,
    cast(round(60 * cast(landmark_minutes as double)) as bigint) as landmark_seconds,
    cast(min_support_share as double) as min_support_share,
    coalesce(cast(min_units as bigint), 50) as min_units,
    coalesce(cast(max_length as bigint), 4) as max_length,
    cast(max_gap as bigint) as max_gap,
    cast(max_span as bigint) as max_span,
    coalesce(cast(max_patterns as bigint), 500) as max_patterns,
    coalesce(cast(max_units as bigint), 100000) as max_units,
    coalesce(correction, '{{ var("exploratory_correction") }}') as correction,
    cast(1 - {{ var('confidence') }} as double) as alpha
from {{ definition('patterns') }}
