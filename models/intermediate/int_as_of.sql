-- "Now", one row: the variable, or the latest received time.
select
    {% if var('as_of') %}
    timestamp '{{ var("as_of") }}'
    {% else %}
    coalesce(
        greatest(
            (select max(received_time) from {{ ref('int_events_valid') }}),
            (select max(exposed_at) from {{ ref('int_units_checked') }} where status = 'valid')
        ),
        timestamp '1970-01-01'
    )
    {% endif %} as as_of
