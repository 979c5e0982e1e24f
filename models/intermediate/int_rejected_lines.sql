-- Lines that the probe set aside, and files that cannot be read at all, as rows of the door they were meant for.
with

files as (
    select
        *,
        case when input in ('units', 'counts', 'unit_attributes', 'calendar') then input else 'events' end as door
    from {{ ref('landing_files') }}
),

lines as (
    select door, path as load_id, {{ explode('rejected_lines') }} as line
    from files
    where status = 'readable'
)

select door, load_id, 'line' as record, line.reason, 'line ' || line.line_number as row_key, line.raw_payload
from lines
union all
select door, path, 'file', 'unreadable_file', message, null
from files
where status = 'unreadable'
