{# A table of violations must be empty. Where it is not, the test stops with the rows' own words: dbt would
   otherwise print no more than their number. (The message stands in the filter, because dbt only counts what
   is selected.) #}
{% test no_rows(model, message, where='true') %}
    select 1 as violation
    from (
        select count(*) as violations, string_agg({{ message }}, ' | ') filter (where place <= 10) as words
        from (select *, row_number() over () as place from {{ model }} where {{ where }}) as numbered
    ) as summary
    where case when violations > 0 then {{ fail_with("'microlift found ' || violations || ' problem(s): ' || words") }} is null end
{% endtest %}
