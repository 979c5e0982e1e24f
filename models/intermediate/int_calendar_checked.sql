select
    event_name,
    kind,
    starts_at,
    ends_at,
    load_id,
    raw_payload,
    case when defect is not null then defect when ends_at <= starts_at then 'ends_before_start' end as quarantine_reason,
    case when defect is not null or ends_at <= starts_at then 'quarantined' else 'valid' end as status
from {{ ref('input_calendar') }}
