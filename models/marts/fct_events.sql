{{ config(materialized='view') }}

select {{ all_but(['version']) }}
from {{ ref('int_person_events') }}
