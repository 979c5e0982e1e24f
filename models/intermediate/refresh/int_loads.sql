-- What there is to read now: one row a load (a file, or a day of a relation) with a fingerprint of what it holds. Files are told by
-- size and time of change, without being read.
with

files as (
    select path as load_id, bytes || ' bytes of ' || modified_at as fingerprint
    from {{ ref('landing_files') }}
    where status = 'readable' and input not in ('units', 'counts', 'unit_attributes', 'calendar')
),

relations as (
    select
        load_id,
        {{ bag_hash("(event_id, event_name, event_time, received_time, user_id, device_id, tracker_session_id, sequence, properties, defect)") }}
            as fingerprint
    from {{ ref('input_events') }}
    {% set paths = landing_literals() -%}
    {{ "where load_id not in (" ~ paths ~ ")" if paths }}
    group by load_id
)

select * from files
union all
select * from relations
