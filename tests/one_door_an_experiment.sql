-- An experiment comes in by one door: rows of two would count its units twice.
with

doors as (
    select distinct experiment_id, 'events' as door from {{ ref('int_exposure_events') }} where quarantine_reason is null
    union all
    select distinct experiment_id, 'units' from {{ ref('int_units_checked') }} where status = 'valid'
    union all
    select distinct experiment_id, 'counts' from {{ ref('int_counts_checked') }} where status = 'valid'
),

several as (
    select experiment_id, {{ joined_text('door', "' and '", 'door') }} as doors
    from doors
    group by experiment_id
    having count(*) > 1
)

select 1 as violation
from (select count(*) as violations, {{ joined_text("experiment_id || ' (' || doors || ')'", "', '", 'experiment_id') }} as words from several) as summary
where case when violations > 0 then {{ fail_with("'microlift found experiments that come in by two doors; close one: ' || words") }} is null end
