{# A table of violations must be empty. Where it is not, the test stops with the rows' own words: dbt would
   otherwise print no more than their number. #}
{% test no_rows(model, message, where='true') %}
    select {{ fail_with("'microlift found ' || count(*) || ' problem(s): ' || string_agg(" ~ message ~ ", ' | ')") }}
    from (select * from {{ model }} where {{ where }} limit 20) as violations
    having count(*) > 0
{% endtest %}
