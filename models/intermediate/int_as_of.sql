-- "Now", one row: the variable, or the latest received time.
select
    {% if var('as_of') %}
    {{ time_of_variable('as_of') }}
    {% else %}
    coalesce(
        greatest(
            (
                select max(received_time) from {{ ref('int_events_checked') }}
                where quarantine_reason is null and exclusion_reason is null
            ),
            (select max(exposed_at) from {{ ref('int_units_checked') }} where status = 'valid'),
            -- A day of totals is over when the next begins.
            (select {{ add_seconds('cast(max(day) as timestamp)', 86400) }} from {{ ref('int_counts_checked') }} where status = 'valid')
        ),
        timestamp '1970-01-01'
    )
    {% endif %} as as_of
