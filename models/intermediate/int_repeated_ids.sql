{{ config(materialized='incremental', incremental_strategy='append', post_hook="{{ microlift.record_build() }}") }}

-- depends_on: {{ ref('int_build_states') }}
-- Event ids that came more than once, in this build or any before it. What has arrived since is looked up among the rest: an
-- id stays here when its second row is gone again, since who reads this counts the rows anew.
{% set since = none if is_unit_test() else built_until() -%}
with

{% if since is none -%}
-- Hashes of ids are counted first, a number each, and only those that repeat are told apart.
repeated_hashes as (
    select {{ row_hash('event_id') }} as id_hash
    from {{ ref('int_event_store') }}
    where event_id is not null
    group by {{ row_hash('event_id') }}
    having count(*) > 1
),

repeated as (
    select distinct event_id
    from {{ ref('int_event_store') }}
    where {{ row_hash('event_id') }} in (select id_hash from repeated_hashes)
)
{%- else -%}
arrived as (
    select event_id, count(*) as copies
    from {{ ref('int_event_store') }}
    where version > {{ since }} and event_id is not null
    group by event_id
),

repeated as (
    select event_id from arrived where copies > 1
    union
    select event_id
    from {{ ref('int_event_store') }}
    where version <= {{ since }} and event_id in (select event_id from arrived)
)
{%- endif %}

select event_id
from repeated
{% if is_incremental() -%}
where event_id not in (select event_id from {{ this }})
{%- endif %}
