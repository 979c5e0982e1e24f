-- Every day from the first event to the last look, so that a chart over time has no holes.
with

ends as (
    select
        cast(min(exposed_at) as date) as first_day,
        (select cast(max(as_of) as date) from {{ ref('int_as_of') }}) as last_day
    from {{ ref('fct_exposures') }}
)

select
    cast(day as date) as day,
    cast(date_trunc('week', day) as date) as week_starts_on,
    cast(date_trunc('month', day) as date) as month_starts_on,
    isodow(day) as day_of_week,
    isodow(day) > 5 as is_weekend
from ends, unnest(generate_series(cast(first_day as timestamp), cast(last_day as timestamp), interval 1 day)) as days (day)
