-- Nothing is lost: raw rows = valid + quarantined + excluded + conflicting + duplicates, for each load of each door.
with

-- What was used is counted where it is used. The anti join behind it needs the few repeated ids alone.
events as (
    select load_id, 'valid' as status, count(*) as row_count from {{ ref('int_events_kept') }} group by load_id
    union all
    select load_id, status, count(*) from {{ ref('int_event_repeats') }} where status != 'valid' group by load_id, status
    union all
    select load_id, case when quarantine_reason is not null then 'quarantined' else 'excluded' end as outcome, count(*)
    from {{ ref('int_events_checked') }}
    where quarantine_reason is not null or exclusion_reason is not null
    group by load_id, outcome
),

judged as (
    select 'events' as door, load_id, status, row_count from events
    {% for door in ['units', 'counts', 'unit_attributes', 'calendar'] -%}
    union all
    select '{{ door }}', load_id, status, count(*) from {{ ref('int_' ~ door ~ '_checked') }} group by load_id, status
    {% endfor -%}
    union all
    select door, load_id, 'quarantined', count(*) from {{ ref('int_rejected_lines') }} where record = 'line' group by door, load_id
),

counted as (
    select
        door,
        load_id,
        {%- for status in ['valid', 'quarantined', 'excluded', 'conflicting', 'duplicate'] %}
        cast(sum(row_count) filter (where status = '{{ status }}') as bigint) as {{ status }}_rows{{ ',' if not loop.last }}
        {%- endfor %}
    from judged
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
