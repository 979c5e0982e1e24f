{# A log: the validation models, downstream, append what they found (their post-hook), so that a run that stops at a
   failed check still leaves its findings here. It keeps its history through full refreshes. #}
{{ config(materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}

select
    {% for column in model.columns.values() -%}
        cast(null as {{ column.data_type }}) as {{ column.name }}{{ "," if not loop.last }}
    {% endfor -%}
where false
