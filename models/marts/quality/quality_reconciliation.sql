-- Nothing is lost: raw rows = valid + quarantined + excluded + conflicting + duplicates, for each load of each door.
with

judged as (
    select 'events' as door, load_id,
        case
            when quarantine_reason is not null then 'quarantined'
            when exclusion_reason is not null then 'excluded'
            when not exists (select 1 from {{ ref('int_event_repeats') }} as r where r.event_id = c.event_id) then 'valid'
        end as status
    from {{ ref('int_events_checked') }} as c

    union all
    select 'events', load_id, status from {{ ref('int_event_repeats') }}
    union all
    select 'units', load_id, status from {{ ref('int_units_checked') }}
    union all
    select 'counts', load_id, status from {{ ref('int_counts_checked') }}
    union all
    select 'unit_attributes', load_id, status from {{ ref('int_unit_attributes_checked') }}
    union all
    select 'calendar', load_id, status from {{ ref('int_calendar_checked') }}
    union all
    select door, load_id, 'quarantined' from {{ ref('int_rejected_lines') }} where record = 'line'
),

counted as (
    select
        door,
        load_id,
        count(*) filter (where status = 'valid') as valid_rows,
        count(*) filter (where status = 'quarantined') as quarantined_rows,
        count(*) filter (where status = 'excluded') as excluded_rows,
        count(*) filter (where status = 'conflicting') as conflicting_rows,
        count(*) filter (where status = 'duplicate') as duplicate_rows
    from judged
    where status is not null
    group by door, load_id
),

-- Rows as counted at the source, before any model: by the probe for files, in the relation otherwise.
files as (
    select
        case when input in ('units', 'counts', 'unit_attributes', 'calendar') then input else 'events' end as door,
        path as load_id,
        row_count as raw_rows
    from {{ ref('landing_files') }}
    where status in ('readable', 'empty')
),

relations as (
    {% for door in ['events', 'units', 'counts', 'unit_attributes', 'calendar'] %}
    select '{{ door }}' as door, load_id, count(*) as raw_rows
    from {{ ref('input_' ~ door) }}
    where load_id not in (select load_id from files)
    group by load_id
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    r.door,
    r.load_id,
    r.raw_rows,
    coalesce(c.valid_rows, 0) as valid_rows,
    coalesce(c.quarantined_rows, 0) as quarantined_rows,
    coalesce(c.excluded_rows, 0) as excluded_rows,
    coalesce(c.conflicting_rows, 0) as conflicting_rows,
    coalesce(c.duplicate_rows, 0) as duplicate_rows
from (select * from files union all select * from relations) as r
left join counted as c on c.door = r.door and c.load_id = r.load_id
