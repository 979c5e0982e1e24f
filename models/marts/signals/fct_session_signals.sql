{{ config(materialized='view') }}

-- What definitions name, and what every session has: the latter is read off the session, so no row of it is stored.
select session_id, person_id, started_at, signal, value, cast(null as varchar) as text_value
from {{ ref('int_session_signals') }}

union all
select session_id, person_id, started_at, s.signal, s.value, s.text_value
from (
    select session_id, person_id, started_at, {{ signals_of_session() }} as s
    from {{ ref('int_session_facts') }}
) as told
where s.value is not null or s.text_value is not null
