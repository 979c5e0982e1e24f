{{ config(materialized='view') }}

select {{ all_but(['days_since_last_session', 'sessions_last_7_days', 'version']) }}
from {{ ref('int_session_facts') }}
