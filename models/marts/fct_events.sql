{{ config(materialized='view') }}

select {{ all_but(['is_session_start', 'is_session_end', 'version']) }}
from {{ ref('int_person_events') }}
