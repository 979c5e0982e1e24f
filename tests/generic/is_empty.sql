{# No row of the model meets the condition; for warnings, where dbt's own count says enough. #}
{% test is_empty(model, where='true') %}
    select * from {{ model }} where {{ where }}
{% endtest %}
