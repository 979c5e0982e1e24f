{# A log: calc_sequential, downstream, appends each look as it was first computed (its post-hook). It keeps its history
   through full refreshes, so that a past look never changes. #}
{{ config(materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}

select
    {% for column in model.columns.values() -%}
        cast(null as {{ column.data_type }}) as {{ column.name }}{{ "," if not loop.last }}
    {% endfor -%}
where false
