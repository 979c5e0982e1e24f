{# A log: int_plan_state, downstream, appends what is new in the plan (its post-hook). It keeps its history through full
   refreshes, so that a change of plan can be shown. #}
{{ config(materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}

select
    {% for column in model.columns.values() -%}
        cast(null as {{ column.data_type }}) as {{ column.name }}{{ "," if not loop.last }}
    {% endfor -%}
where false
