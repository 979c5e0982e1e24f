{# A table of violations must be empty. Where it is not, the test stops with the rows' own words: dbt would
   otherwise print no more than their number. (The message stands in the filter, because dbt only counts what
   is selected.) #}
{% test no_rows(model, message, where='true') %}
    {%- set shown = 20 %}
    select 1 as violation
    from (
        select
            count(*) as violations,
            string_agg(chr(10) || '- ' || words, '' order by place) filter (where place <= {{ shown }})
                || case when count(*) > {{ shown }} then chr(10) || '- and more: select * from {{ model | string | replace("'", "''") }}' else '' end as words
        from (
            select words, row_number() over (order by words) as place
            from (select coalesce({{ message }}, 'a row without words') as words from {{ model }} where {{ where }}) as rows_found
        ) as numbered
    ) as summary
    where case when violations > 0 then {{ fail_with("'microlift found ' || violations || ' problem(s):' || words") }} is null end
{% endtest %}
