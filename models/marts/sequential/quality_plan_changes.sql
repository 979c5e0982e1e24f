-- What of the plan was changed, added or taken out after the first look at the experiment.
with

told as (
    select
        *,
        lag(value) over by_field as value_before,
        row_number() over by_field = 1 as is_first,
        min(logged_at) over (partition by experiment_id) as first_seen_at
    from {{ ref('int_plan_log') }}
    window by_field as (partition by experiment_id, hypothesis_id, field order by logged_at)
),

-- Parsed after the state, whose post-hook appends to the log.
state as (select count(*) as fields from {{ ref('int_plan_state') }})

select
    t.experiment_id,
    t.hypothesis_id,
    t.field,
    t.value_before,
    t.value,
    t.logged_at as changed_at,
    t.first_seen_at
from told as t
cross join state
where t.hypothesis_id != '' and (not t.is_first or t.logged_at > t.first_seen_at)
    and t.value is distinct from t.value_before
